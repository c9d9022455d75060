import { compareCharacters, compareLines } from "../core/diff.js";
import { h } from "../core/dom.js";
import { t } from "../text/text.js";

/** Unchanged lines around a change that are shown; longer stretches are folded. */
const CONTEXT = 3;

/** Rows drawn at most: an output of a million lines would only freeze the page. */
const ROW_LIMIT = 2000;

/** Expected and actual output side by side, blanks made visible where lines differ. */
export function diffTable(expected, actual) {
  const rows = compareLines(expected, actual);
  const shown = folded(rows).slice(0, ROW_LIMIT);
  let left = 0;
  let right = 0;
  const body = h("tbody");
  for (const row of shown) {
    if (row.kind === "fold") {
      body.append(h("tr", { class: "diff-fold" }, h("td", { colspan: 4 }, t("diff.fold", { n: row.count }))));
      left += row.count;
      right += row.count;
      continue;
    }
    if (row.left !== undefined) left += 1;
    if (row.right !== undefined) right += 1;
    body.append(
      h(
        "tr",
        { class: `diff-${row.kind}` },
        h("td", { class: "diff-number" }, row.left === undefined ? "" : left),
        h("td", { class: "diff-left" }, side(row, "left")),
        h("td", { class: "diff-number" }, row.right === undefined ? "" : right),
        h("td", { class: "diff-right" }, side(row, "right")),
      ),
    );
  }
  return h(
    "div",
    { class: "diff scroll", tabindex: "0", role: "region", "aria-label": t("diff.title") },
    h(
      "table",
      null,
      h("colgroup", null, ["diff-narrow", "", "diff-narrow", ""].map((name) => h("col", { class: name }))),
      h("thead", null, h("tr", null, h("th", { colspan: 2, scope: "col" }, t("diff.expected")), h("th", { colspan: 2, scope: "col" }, t("diff.actual")))),
      body,
    ),
    rows.length > shown.length && shown.length === ROW_LIMIT ? h("p", { class: "hint" }, t("diff.more")) : null,
  );
}

function folded(rows) {
  const result = [];
  for (let at = 0; at < rows.length; ) {
    let end = at;
    while (end < rows.length && rows[end].kind === "same") end += 1;
    const before = at === 0 ? 0 : CONTEXT;
    const after = end === rows.length ? 0 : CONTEXT;
    const hidden = end - at - before - after;
    if (hidden > 1 && rows.length > 2 * CONTEXT) {
      result.push(...rows.slice(at, at + before), { kind: "fold", count: hidden }, ...rows.slice(end - after, end));
    } else {
      result.push(...rows.slice(at, end));
    }
    while (end < rows.length && rows[end].kind !== "same") {
      result.push(rows[end]);
      end += 1;
    }
    at = end;
  }
  return result;
}

function side(row, name) {
  const line = row[name];
  if (line === undefined) return "";
  if (row.kind === "same") return line.replace(/\n$/, "");
  if (row.kind !== "changed") return visible(line);
  const { head, leftMiddle, rightMiddle, tail } = compareCharacters(row.left, row.right);
  const middle = name === "left" ? leftMiddle : rightMiddle;
  return [head, middle ? h("mark", null, visible(middle)) : null, tail.replace(/\n$/, "")];
}

/** Blanks, tabs, carriage returns and newlines as signs; without them, two lines may look alike and still differ. */
function visible(text) {
  return text.replaceAll(" ", "·").replaceAll("\t", "→\t").replaceAll("\r", "␍").replaceAll("\n", "⏎");
}
