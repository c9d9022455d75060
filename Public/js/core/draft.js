import { tab } from "./storage.js";

/**
 * The program being written in the playground, and what is asked for it. It lives in the tab, survives a change of view
 * or language, and can be put into a link.
 *
 * `{ language, files: [{ path, text }], stdin, args, limits, network, backend, checker, tests: [{ name, stdin, expected,
 * points }], task, stopEarly }`
 */

export function emptyDraft(language) {
  return {
    language: language?.name ?? "python3",
    files: [{ path: language?.entry_file ?? "main.py", text: "" }],
    stdin: "",
    args: "",
    limits: {},
    network: "none",
    allow: "",
    backend: "",
    checker: { kind: "trimmed" },
    tests: [],
    task: "",
    stopEarly: false,
  };
}

/** The draft of this tab, or undefined. */
export function loadDraft() {
  try {
    return JSON.parse(tab.get("draft")) ?? undefined;
  } catch {
    return undefined;
  }
}

export function saveDraft(draft) {
  tab.set("draft", JSON.stringify(draft));
}

/** The request body for a draft; only what differs from the service's defaults is in it. */
export function requestOf(draft) {
  const request = {
    language: draft.language,
    files: Object.fromEntries(draft.files.map((file) => [file.path, file.text])),
  };
  if (draft.files.length > 1) request.entry = draft.files[0].path;
  if (Object.keys(draft.limits).length > 0) request.limits = draft.limits;
  if (draft.backend) request.backend = draft.backend;
  if (draft.task) {
    request.task = draft.task;
    return request;
  }
  if (draft.stdin) request.stdin = draft.stdin;
  const args = splitArguments(draft.args);
  if (args.length > 0) request.args = args;
  if (draft.network !== "none") request.network = networkOf(draft);
  if (draft.tests.length > 0) {
    request.tests = draft.tests.map(testOf);
    if (draft.checker.kind !== "trimmed") request.checker = draft.checker;
    if (draft.stopEarly) request.stop_on_first_failure = true;
  }
  return request;
}

function networkOf(draft) {
  const network = { mode: draft.network };
  const allow = (draft.allow ?? "").split(/[\s,]+/).filter(Boolean);
  if (draft.network === "egress" && allow.length > 0) network.allow = allow;
  return network;
}

function testOf(test) {
  const wire = {};
  if (test.name) wire.name = test.name;
  if (test.stdin !== "") wire.stdin = test.stdin;
  if (test.expected !== "") wire.expected_stdout = test.expected;
  if (test.points !== 1) wire.points = test.points;
  return wire;
}

/** Words as a shell would see them, with quotes but without expansion. */
export function splitArguments(line) {
  const words = [];
  for (const match of line.matchAll(/(?:"([^"]*)"|'([^']*)'|([^\s"']+))/g)) words.push(match[1] ?? match[2] ?? match[3]);
  return words;
}

/** Drafts by the submission made of them, newest last: the report needs the expected outputs and limits. */
const REMEMBERED = 20;

export function rememberDraft(id, draft) {
  const all = rememberedDrafts().filter((entry) => entry.id !== id);
  all.push({ id, draft });
  tab.set("sent", JSON.stringify(all.slice(-REMEMBERED)));
}

export function draftOf(id) {
  return rememberedDrafts().find((entry) => entry.id === id)?.draft;
}

function rememberedDrafts() {
  try {
    return JSON.parse(tab.get("sent")) ?? [];
  } catch {
    return [];
  }
}

/** A draft as text for a link: deflated JSON in URL-safe base 64. */
export async function packDraft(draft) {
  const stream = new Blob([JSON.stringify(draft)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** A link's text may unpack to this many bytes; a longer one is not opened. */
const UNPACKED_LIMIT = 2_000_000;

/** The draft of a link's text; throws when it is none. */
export async function unpackDraft(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const packed = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const pieces = [];
  let size = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    size += piece.value.length;
    if (size > UNPACKED_LIMIT) throw new RangeError("too large");
    pieces.push(piece.value);
  }
  return checked(JSON.parse(await new Blob(pieces).text()));
}

/** A link is written by anybody: only fields of the right kind are taken from it. */
function checked(value) {
  const draft = emptyDraft();
  const files = (Array.isArray(value.files) ? value.files : []).filter(
    (file) => typeof file?.path === "string" && typeof file?.text === "string",
  );
  if (files.length > 0) draft.files = files.map(({ path, text }) => ({ path, text }));
  for (const name of ["language", "stdin", "args", "network", "allow", "backend", "task"]) {
    if (typeof value[name] === "string") draft[name] = value[name];
  }
  for (const [name, limit] of Object.entries(value.limits ?? {})) {
    if (typeof limit === "number") draft.limits[name] = limit;
  }
  if (typeof value.checker?.kind === "string") draft.checker = { ...value.checker };
  draft.stopEarly = value.stopEarly === true;
  draft.tests = (Array.isArray(value.tests) ? value.tests : []).map((test) => ({
    name: String(test?.name ?? ""),
    stdin: String(test?.stdin ?? ""),
    expected: String(test?.expected ?? ""),
    points: Number(test?.points ?? 1),
  }));
  return draft;
}
