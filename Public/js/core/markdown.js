import { append, h } from "./dom.js";

/**
 * The part of Markdown that statements and descriptions use, as elements: headings, paragraphs, lists, quotes, code,
 * tables, emphasis and links. HTML in the text stays text.
 */
export function markdown(source) {
  const lines = source.replaceAll("\r\n", "\n").split("\n");
  const root = h("div", { class: "prose" });
  let at = 0;
  while (at < lines.length) at = block(lines, at, root);
  return root;
}

/** Adds the block that begins at a line; answers where the next begins. */
function block(lines, at, parent) {
  const line = lines[at];
  if (line.trim() === "") return at + 1;
  const heading = /^(#{1,5})\s+(.*?)\s*#*$/.exec(line);
  if (heading) {
    // The page's own title is h1, the card's h2.
    parent.append(h(`h${Math.min(heading[1].length + 2, 6)}`, null, inline(heading[2])));
    return at + 1;
  }
  if (/^(```|~~~)/.test(line)) return fenced(lines, at, parent);
  if (/^\s*([-*+]|\d+[.)])\s+/.test(line)) return list(lines, at, parent);
  if (line.startsWith(">")) return quote(lines, at, parent);
  if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\||$)/.test(lines[at + 1] ?? "")) return table(lines, at, parent);
  let end = at + 1;
  while (end < lines.length && lines[end].trim() !== "" && !/^(#{1,5}\s|```|~~~|>|\s*([-*+]|\d+[.)])\s)/.test(lines[end])) end += 1;
  parent.append(h("p", null, inline(lines.slice(at, end).join("\n"))));
  return end;
}

function fenced(lines, at, parent) {
  const fence = lines[at].slice(0, 3);
  let end = at + 1;
  while (end < lines.length && !lines[end].startsWith(fence)) end += 1;
  parent.append(h("pre", null, h("code", null, lines.slice(at + 1, end).join("\n"))));
  return end + 1;
}

function list(lines, at, parent) {
  const ordered = /^\s*\d/.test(lines[at]);
  const items = [];
  let end = at;
  for (; end < lines.length; end += 1) {
    const item = /^\s*([-*+]|\d+[.)])\s+(.*)$/.exec(lines[end]);
    if (item) items.push(item[2]);
    else if (/^\s+\S/.test(lines[end])) items[items.length - 1] += `\n${lines[end].trim()}`;
    else break;
  }
  parent.append(h(ordered ? "ol" : "ul", null, items.map((item) => h("li", null, inline(item)))));
  return end;
}

function quote(lines, at, parent) {
  let end = at;
  while (end < lines.length && lines[end].startsWith(">")) end += 1;
  const inner = markdown(lines.slice(at, end).map((line) => line.replace(/^>\s?/, "")).join("\n"));
  parent.append(h("blockquote", null, [...inner.childNodes]));
  return end;
}

function table(lines, at, parent) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  let end = at + 2;
  while (end < lines.length && lines[end].includes("|")) end += 1;
  const row = (line, tag) => h("tr", null, cells(line).map((cell) => h(tag, null, inline(cell))));
  parent.append(
    h("div", { class: "scroll", tabindex: "0" },
      h("table", { class: "grid" }, h("thead", null, row(lines[at], "th")), h("tbody", null, lines.slice(at + 2, end).map((line) => row(line, "td"))))),
  );
  return end;
}

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^)\s]+)\)/s;

/** Text with its marks as nodes, for a place within a line. */
export function inline(text) {
  const fragment = document.createDocumentFragment();
  let rest = text;
  for (let match = INLINE.exec(rest); match; match = INLINE.exec(rest)) {
    append(fragment, rest.slice(0, match.index), mark(match));
    rest = rest.slice(match.index + match[0].length);
  }
  return append(fragment, rest);
}

function mark([whole, , code, strong, emphasis, label, target]) {
  if (code !== undefined) return h("code", null, code.trim());
  if (strong !== undefined) return h("strong", null, inline(strong));
  if (emphasis !== undefined) return h("em", null, inline(emphasis));
  // Other schemes could run script.
  return /^(https?:\/\/|#)/.test(target) ? h("a", { href: target, rel: "noopener noreferrer" }, label) : whole;
}
