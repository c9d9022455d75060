import { get } from "./client.js";

/**
 * What this service offers, read from its own description: a part of the page whose request is not described is not
 * shown, and nobody is sent to a 404.
 */

let description;
let operations = new Set();

/** Reads the description once. A service that does not give it has only what every version has. */
export async function loadContract() {
  try {
    description = await get("/openapi.yaml");
    operations = operationsOf(description);
  } catch {
    description = undefined;
  }
}

/** The text of the description, or undefined. */
export function contractText() {
  return description;
}

/** Whether `offers("GET", "/v1/tasks")`; the names of path parameters do not matter. */
export function offers(method, path) {
  return operations.has(`${method} ${anonymous(path)}`);
}

/**
 * The operations of a description. Its paths stand two spaces deep and their methods four, so lines are enough here;
 * the whole document is read only by the page that shows it.
 */
export function operationsOf(yaml) {
  const found = new Set();
  let path;
  for (const line of yaml.split("\n")) {
    const start = /^ {2}["']?(\/[^"':]*)["']?:/.exec(line);
    if (start) path = anonymous(start[1]);
    else if (/^\S/.test(line)) path = undefined;
    const method = /^ {4}(get|put|post|delete|patch):/.exec(line);
    if (path && method) found.add(`${method[1].toUpperCase()} ${path}`);
  }
  return found;
}

function anonymous(path) {
  return path.replace(/\{[^}]*\}/g, "{}");
}
