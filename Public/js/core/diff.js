/**
 * Compares two texts by lines. Answers rows `{ kind, left, right }` with the kinds `same`, `changed`, `removed` (only
 * on the left) and `added` (only on the right); a line without its newline at the end of the text is a change too.
 */

/** Above this product of differing lines the exact comparison would take too long; lines are then paired in order. */
const EXACT_LIMIT = 4_000_000;

export function compareLines(left, right) {
  const a = linesOf(left);
  const b = linesOf(right);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;

  const middleA = a.slice(head, a.length - tail);
  const middleB = b.slice(head, b.length - tail);
  const middle = middleA.length * middleB.length > EXACT_LIMIT ? paired(middleA, middleB) : aligned(middleA, middleB);
  return [
    ...a.slice(0, head).map((line) => ({ kind: "same", left: line, right: line })),
    ...middle,
    ...a.slice(a.length - tail).map((line) => ({ kind: "same", left: line, right: line })),
  ];
}

/** Lines with their newline, so that a missing one at the end is seen. */
function linesOf(text) {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The longest common subsequence, then removed and added lines that stand together are put side by side. */
function aligned(a, b) {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const rows = [];
  let removed = [];
  let added = [];
  const flush = () => {
    rows.push(...paired(removed, added));
    removed = [];
    added = [];
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      flush();
      rows.push({ kind: "same", left: a[i], right: b[j] });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      removed.push(a[i]);
      i += 1;
    } else {
      added.push(b[j]);
      j += 1;
    }
  }
  flush();
  return rows;
}

function paired(removed, added) {
  const rows = [];
  for (let index = 0; index < Math.max(removed.length, added.length); index += 1) {
    const left = removed[index];
    const right = added[index];
    const kind = left === undefined ? "added" : right === undefined ? "removed" : "changed";
    rows.push({ kind, left, right });
  }
  return rows;
}

/** Where two lines differ: `{ head, leftMiddle, rightMiddle, tail }`. */
export function compareCharacters(left, right) {
  let head = 0;
  while (head < left.length && head < right.length && left[head] === right[head]) head += 1;
  let tail = 0;
  while (tail < left.length - head && tail < right.length - head && left.at(-1 - tail) === right.at(-1 - tail)) tail += 1;
  return {
    head: left.slice(0, head),
    leftMiddle: left.slice(head, left.length - tail),
    rightMiddle: right.slice(head, right.length - tail),
    tail: left.slice(left.length - tail),
  };
}
