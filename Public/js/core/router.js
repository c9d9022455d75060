/**
 * Routes in the fragment (`#/submissions/01m8…?live=1`), so that the server only ever serves files and a page can be
 * opened under any prefix.
 */

/** `{ path: ["submissions", "01m8…"], query: URLSearchParams }` of the address. */
export function currentRoute() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?", 2);
  return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The fragment for a path and a query; empty values are left out. */
export function href(path, query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  const text = parameters.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

/** Goes to a path, as a link would. */
export function go(path, query) {
  location.hash = href(path, query);
}

/** Rewrites the address without leaving the view or adding to the history. */
export function rewrite(path, query) {
  history.replaceState(null, "", href(path, query));
}
