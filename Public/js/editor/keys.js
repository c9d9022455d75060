/**
 * The keys of the editor. Escape gives Tab back to the browser for one press, so that nobody is caught in the editor.
 */

let tabLeaves = false;

/** Acts on a key press, in the style `{ indent, comment }` of the file. */
export function handleKey(event, area, style) {
  if (event.isComposing) return;
  if (event.key === "Escape") {
    tabLeaves = true;
    return;
  }
  const leaving = tabLeaves;
  if (event.key !== "Shift") tabLeaves = false;
  if (event.key === "Tab" && !event.ctrlKey && !event.altKey && !event.metaKey) {
    if (leaving) return;
    event.preventDefault();
    if (event.shiftKey) changeLines(area, (line) => outdented(line, style.indent));
    else if (area.selectionStart !== area.selectionEnd) changeLines(area, (line) => (line ? style.indent + line : line));
    else insert(area, style.indent);
  } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    insert(area, `\n${nextIndent(area, style.indent)}`);
  } else if (event.key === "/" && (event.ctrlKey || event.metaKey) && style.comment) {
    event.preventDefault();
    toggleComment(area, style.comment);
  }
}

/** The blanks that the next line begins with: those of this one, and one step more after an opening. */
function nextIndent(area, indent) {
  const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const before = area.value.slice(start, area.selectionStart);
  const blanks = /^[ \t]*/.exec(before)[0];
  return /[{([:]\s*$/.test(before) ? blanks + indent : blanks;
}

function outdented(line, indent) {
  if (line.startsWith(indent)) return line.slice(indent.length);
  return line.replace(/^(\t| {1,4})/, "");
}

function toggleComment(area, mark) {
  const { text } = selectedLines(area);
  const all = text.split("\n").every((line) => line.trim() === "" || line.trimStart().startsWith(mark));
  changeLines(area, (line) => {
    if (line.trim() === "") return line;
    const blanks = /^\s*/.exec(line)[0];
    const rest = line.slice(blanks.length);
    return all ? blanks + rest.slice(mark.length).replace(/^ /, "") : `${blanks}${mark} ${rest}`;
  });
}

function selectedLines(area) {
  const start = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const next = area.value.indexOf("\n", Math.max(area.selectionEnd - 1, area.selectionStart));
  const end = next < 0 ? area.value.length : next;
  return { start, end, text: area.value.slice(start, end) };
}

function changeLines(area, change) {
  const { start, end, text } = selectedLines(area);
  const changed = text.split("\n").map(change).join("\n");
  if (changed === text) return;
  const single = area.selectionStart === area.selectionEnd;
  const cursor = area.selectionStart + changed.length - text.length;
  area.setSelectionRange(start, end);
  insert(area, changed);
  if (single) area.setSelectionRange(Math.max(start, cursor), Math.max(start, cursor));
  else area.setSelectionRange(start, start + changed.length);
}

/** Beyond this many lines `execCommand`, whose time grows with their square, would hold the page for seconds. */
const UNDO_LINES = 200;

/** Types text over the selection. `execCommand` is the only way that keeps the browser's undo. */
function insert(area, text) {
  const few = text.split("\n", UNDO_LINES + 1).length <= UNDO_LINES;
  if (few && (text === "" ? document.execCommand("delete") : document.execCommand("insertText", false, text))) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input", { bubbles: true }));
}
