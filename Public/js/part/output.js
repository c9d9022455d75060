import { h } from "../core/dom.js";
import { text } from "../core/format.js";
import { t } from "../text/text.js";

/** What a program wrote, as text and nothing else; null when it wrote nothing. */
export function output(label, value, truncated) {
  const content = text(value);
  if (!content && !truncated) return null;
  return h(
    "section",
    { class: "output" },
    h("h2", null, label, truncated ? h("span", { class: "tag tag-warn" }, t("output.truncated")) : null),
    h("pre", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, content),
  );
}

const PLACE = /([\w./+-]+\.\w+):(\d+)(?::(\d+))?|File "([^"]+)", line (\d+)|([\w./+-]+\.\w+)\((\d+)(?:,(\d+))?\)/g;

/**
 * What a compiler or interpreter printed. Places (`main.c:3:5`, `File "main.py", line 3`) in one of `paths` become
 * buttons that call `reveal(path, line, column)`.
 */
export function compilerText(content, paths, reveal) {
  const element = h("pre", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("compile.output") });
  let from = 0;
  for (const match of content.matchAll(PLACE)) {
    const place = placeOf(match, paths);
    if (!place || !reveal) continue;
    element.append(content.slice(from, match.index));
    element.append(
      h("button", { type: "button", class: "place", onclick: () => reveal(place.path, place.line, place.column) }, match[0]),
    );
    from = match.index + match[0].length;
  }
  element.append(content.slice(from));
  return element;
}

/** Lines of `path` that a text complains about. */
export function placesIn(content, path) {
  return [...content.matchAll(PLACE)].map((match) => placeOf(match, [path])).filter(Boolean).map((place) => place.line);
}

function placeOf(match, paths) {
  const named = match[1] ?? match[4] ?? match[6];
  const path = paths.find((candidate) => named === candidate || named.endsWith(`/${candidate}`));
  if (!path) return undefined;
  return { path, line: Number(match[2] ?? match[5] ?? match[7]), column: Number(match[3] ?? match[8] ?? 1) };
}
