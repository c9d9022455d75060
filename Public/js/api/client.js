import { tab } from "../core/storage.js";

/** An answer of 400 and above, as RFC 9457 describes it. Status 0 is a request that got no answer. */
export class Problem extends Error {
  constructor(status, body, retryAfter) {
    super(body.title ?? `HTTP ${status}`);
    this.status = status;
    this.type = body.type;
    this.title = this.message;
    this.detail = body.detail;
    /** `[{ field, detail }]`, one for each field that is wrong. */
    this.errors = Array.isArray(body.errors) ? body.errors : [];
    /** Seconds after which to try again, where the server says so. */
    this.retryAfter = retryAfter;
  }
}

/** Called with every 401, so that the page can ask for a token wherever it happened. */
let onUnauthorised = () => {};

export function whenUnauthorised(action) {
  onUnauthorised = action;
}

/** Relative to the page, so that a prefix put before the service by a proxy is kept. */
export function address(path, query = {}) {
  const url = new URL(path.replace(/^\//, ""), document.baseURI);
  url.hash = "";
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** The `Authorization` header when someone is signed in. */
export function authorisation() {
  const token = tab.get("token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/**
 * Sends a request and reads its answer: JSON as a value, anything else as text. Throws `Problem` for 400 and above,
 * and `AbortError` when `signal` aborts.
 */
export async function send(method, path, { query, json, body, type, signal } = {}) {
  const headers = { Accept: "application/json", ...authorisation() };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  if (type) headers["Content-Type"] = type;
  let response;
  try {
    response = await fetch(address(path, query), {
      method,
      headers,
      body: json === undefined ? body : JSON.stringify(json),
      signal,
      cache: "no-store",
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { type: "urn:assay:page:no-answer", title: "No answer", detail: error.message });
  }
  const content = await read(response);
  if (response.ok) return { status: response.status, headers: response.headers, body: content };
  if (response.status === 401) onUnauthorised();
  throw new Problem(
    response.status,
    typeof content === "object" && content ? content : { detail: content },
    retryAfter(response.headers),
  );
}

async function read(response) {
  const body = await response.text();
  if (!/\bjson\b/.test(response.headers.get("Content-Type") ?? "")) return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function retryAfter(headers) {
  const value = Number(headers.get("Retry-After") ?? NaN);
  return Number.isFinite(value) ? value : undefined;
}

/** The body of a GET. */
export async function get(path, options) {
  return (await send("GET", path, options)).body;
}
