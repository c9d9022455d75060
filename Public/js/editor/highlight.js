/**
 * Colours one line at a time. The state that a line hands to the next is the block it ends within (a comment or a
 * string of several lines), so that an edit only touches the lines from it to where the state is as before.
 */

const WORD = /[\p{L}_$][\p{L}\p{N}_$]*[?!*]?/uy;
const NUMBER = /0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?\w*/y;

/**
 * The pieces of a line, `[kind, text]` with an empty kind for plain text, and the state after it.
 * `state` is the index of the open block, or -1.
 */
export function highlightLine(grammar, line, state) {
  const pieces = [];
  let plainFrom = 0;
  let at = 0;
  const emit = (kind, end) => {
    if (plainFrom < at) pieces.push(["", line.slice(plainFrom, at)]);
    if (end > at) pieces.push([kind, line.slice(at, end)]);
    at = end;
    plainFrom = end;
  };

  let open = state;
  while (at < line.length) {
    if (open >= 0) {
      const block = grammar.blocks[open];
      const end = findClose(line, at, block.close, !block.raw && block.kind === "string");
      emit(block.kind, end < 0 ? line.length : end);
      if (end < 0) return { pieces, state: open };
      open = -1;
      continue;
    }
    const character = line[at];
    const blockIndex = grammar.blocks.findIndex((block) => line.startsWith(block.open, at));
    if (blockIndex >= 0) {
      const block = grammar.blocks[blockIndex];
      const end = findClose(line, at + block.open.length, block.close, !block.raw && block.kind === "string");
      emit(block.kind, end < 0 ? line.length : end);
      if (end < 0) open = blockIndex;
    } else if (grammar.line.some((mark) => line.startsWith(mark, at))) {
      emit("comment", line.length);
    } else if (grammar.preprocessor && character === "#" && line.slice(0, at).trim() === "") {
      emit("directive", at + /^#\s*\w*/.exec(line.slice(at))[0].length);
    } else {
      const string = grammar.strings.find((kind) => line.startsWith(kind.open, at));
      if (string) {
        const end = findClose(line, at + 1, string.close, !string.raw);
        emit("string", end < 0 ? line.length : end);
      } else {
        at = word(grammar, line, at, emit) ?? at + 1;
      }
    }
  }
  emit("", line.length);
  return { pieces, state: open };
}

/** Colours the word or number at a place; its end, or undefined when there is neither. */
function word(grammar, line, at, emit) {
  NUMBER.lastIndex = at;
  const number = NUMBER.exec(line);
  if (number) {
    emit("number", at + number[0].length);
    return at + number[0].length;
  }
  WORD.lastIndex = at;
  const found = WORD.exec(line)?.[0];
  if (!found) return undefined;
  const name = grammar.ignoreCase ? found.toLowerCase() : found;
  const end = at + found.length;
  if (grammar.keywords.has(name)) emit("keyword", end);
  else if (grammar.types.has(name)) emit("type", end);
  else if (line[end] === "(") emit("call", end);
  return end;
}

function findClose(line, from, close, escapes) {
  for (let at = from; at < line.length; at += 1) {
    if (escapes && line[at] === "\\") at += 1;
    else if (line.startsWith(close, at)) return at + close.length;
  }
  return -1;
}
