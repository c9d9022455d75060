import { h, s } from "../core/dom.js";
import { STAGES, stageLegend } from "../part/stages.js";
import { linear, linearTicks, rowLayout } from "./scale.js";

const HIGH = 18;
const MARGIN = { top: 8, right: 80, bottom: 28 };

/** Stacked bars of the stages. `rows`: `[{ label, stages: { create: value, … } }]`, on one linear axis from zero. */
export function stageBars(title, rows, format) {
  const total = (row) => STAGES.reduce((sum, name) => sum + (row.stages[name] || 0), 0);
  const ticks = linearTicks(Math.max(...rows.map(total)));
  const layout = rowLayout(MARGIN.right);
  const x = linear(0, ticks.at(-1), layout.left, layout.width - layout.right);
  const bottom = MARGIN.top + rows.length * layout.row;
  const words = rows.map((row) => `${row.label} ${format(total(row))}`).join(", ");
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", null, title),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": title },
      s(
        "svg",
        { viewBox: `0 0 ${layout.width} ${bottom + MARGIN.bottom}`, role: "img", "aria-label": `${title}: ${words}` },
        ticks.map((tick) => [
          s("line", { class: "grid-line", x1: x(tick), x2: x(tick), y1: MARGIN.top, y2: bottom }),
          s("text", { class: "tick", x: x(tick), y: bottom + 18, "text-anchor": "middle" }, format(tick)),
        ]),
        rows.map((row, index) => barOf(row, MARGIN.top + index * layout.row + layout.centre, x, format, total(row), layout)),
      ),
    ),
    stageLegend(),
  );
}

function barOf(row, centre, x, format, total, layout) {
  const y = centre - HIGH / 2;
  let at = 0;
  const parts = STAGES.map((name) => {
    const value = row.stages[name] || 0;
    const part = s("rect", { class: `stage-${name}`, x: x(at), width: x(at + value) - x(at), y, height: HIGH }, s("title", null, `${name}: ${format(value)}`));
    at += value;
    return part;
  });
  return s(
    "g",
    null,
    s("text", { class: "row-label", x: layout.labelX, y: centre + layout.labelY, "text-anchor": layout.anchor }, row.label),
    parts,
    s("text", { class: "tick", x: x(total) + 6, y: y + 13 }, format(total)),
  );
}
