/** Tables whose rows stand as blocks on narrow screens, so that nothing of them lies beyond the edge. */

/** Browsers forget that an element is part of a table once it is shown as a block; this says it again. */
const ROLES = { TABLE: "table", THEAD: "rowgroup", TBODY: "rowgroup", TR: "row", TD: "cell" };

export function stacked(table) {
  table.classList.add("stacked");
  for (const element of [table, ...table.querySelectorAll("thead, tbody, thead tr, thead th")]) giveRole(element);
  for (const row of table.querySelectorAll("tbody tr")) stackedRow(row, table);
  return table;
}

/** The same for a row that comes later: its figures carry the names of their columns in `table`. */
export function stackedRow(row, table) {
  const titles = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent);
  giveRole(row);
  for (const [index, cell] of [...row.children].entries()) {
    giveRole(cell);
    if (cell.classList.contains("number") && cell.textContent !== "" && titles[index]) cell.dataset.label = titles[index];
  }
  return row;
}

function giveRole(element) {
  const role = element.tagName === "TH" ? (element.scope === "row" ? "rowheader" : "columnheader") : ROLES[element.tagName];
  element.setAttribute("role", role);
}
