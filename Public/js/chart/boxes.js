import { h, s } from "../core/dom.js";
import { logarithmic, logarithmicTicks, rowLayout } from "./scale.js";

const MARGIN = { top: 8, right: 24, bottom: 28 };

/**
 * Box plots on a logarithmic axis. `rows`: `[{ label, box: { p10, lower, median, upper, p90, minimum, maximum }, colour }]`.
 * The box spans the quartiles, the whiskers p10 to p90, the dots are the extremes.
 */
export function boxPlot(title, rows, format) {
  const values = rows.flatMap(({ box }) => [box.minimum, box.maximum]).filter((value) => value > 0);
  const ticks = logarithmicTicks(Math.min(...values), Math.max(...values));
  const layout = rowLayout(MARGIN.right);
  const bottom = MARGIN.top + rows.length * layout.row;
  const x = logarithmic(ticks[0], ticks.at(-1), layout.left, layout.width - layout.right);
  const words = rows.map(({ label, box }) => `${label} ${format(box.median)}`).join(", ");
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
        rows.map((row, index) => boxOf(row, MARGIN.top + index * layout.row + layout.centre, x, format, layout)),
      ),
    ),
  );
}

function boxOf({ label, box, colour }, y, x, format, layout) {
  const high = 14;
  const left = x(box.lower);
  return s(
    "g",
    { class: `box box-${colour}` },
    s("title", null, `${label}: ${format(box.median)} (${format(box.p10)} – ${format(box.p90)})`),
    s("text", { class: "row-label", x: layout.labelX, y: y + layout.labelY, "text-anchor": layout.anchor }, label),
    s("line", { class: "whisker", x1: x(box.p10), x2: x(box.p90), y1: y, y2: y }),
    s("rect", { x: left, width: Math.max(x(box.upper) - left, 2), y: y - high / 2, height: high, rx: 2 }),
    s("line", { class: "median", x1: x(box.median), x2: x(box.median), y1: y - high / 2 - 2, y2: y + high / 2 + 2 }),
    [box.minimum, box.maximum].map((value) => s("circle", { cx: x(value), cy: y, r: 2.2 })),
  );
}
