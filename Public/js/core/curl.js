/** A request as a line for a POSIX shell. The token is named as a variable, so that it is not copied about. */
export function curlLine(method, url, { json, token } = {}) {
  const parts = ["curl", "-sS"];
  if (method !== "GET" && !(method === "POST" && json !== undefined)) parts.push("-X", method);
  if (token) parts.push("-H", `"Authorization: Bearer $ASSAY_TOKEN"`);
  if (json !== undefined) parts.push("--json", quoted(typeof json === "string" ? json : JSON.stringify(json)));
  parts.push(quoted(String(url)));
  return parts.join(" ");
}

/** Within single quotes a shell changes nothing; a single quote itself is put between two such strings. */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
