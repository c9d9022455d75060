import { h, s } from "../core/dom.js";
import { clock } from "../core/format.js";
import { linear, linearTicks } from "./scale.js";

/** About as wide as a card of three in a row, so that letters keep their size. */
const WIDTH = 400;
const HEIGHT = 170;
const MARGIN = { top: 10, right: 8, bottom: 22, left: 58 };

/**
 * Lines over time. `series`: `[{ name, points: [[milliseconds, value | undefined]], colour: 1…4, dashed? }]`; a value
 * that is undefined leaves a gap. The last values stand in the legend, so the picture also reads as text. `whole` values get
 * no ticks between them.
 */
export function lineChart(title, series, { format, span = 120_000, highest, whole = false }) {
  const newest = Math.max(...series.flatMap((line) => line.points.map(([at]) => at)), 0) || Date.now();
  const oldest = Math.min(newest - span, ...series.flatMap((line) => line.points.slice(0, 1).map(([at]) => at)));
  const values = series.flatMap((line) => line.points.map(([, value]) => value)).filter((value) => value !== undefined);
  const ticks = linearTicks(Math.max(highest ?? 0, ...values), { whole });
  const x = linear(oldest, newest, MARGIN.left, WIDTH - MARGIN.right);
  const y = linear(0, ticks.at(-1), HEIGHT - MARGIN.bottom, MARGIN.top);
  const last = (line) => line.points.at(-1)?.[1];
  const words = series.map((line) => `${line.name} ${last(line) === undefined ? "–" : format(last(line))}`).join(", ");
  return h(
    "figure",
    { class: "card chart" },
    h("figcaption", null, title),
    s(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: ${words}` },
      ticks.map((tick) => [
        s("line", { class: "grid-line", x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: y(tick), y2: y(tick) }),
        s("text", { class: "tick", x: MARGIN.left - 8, y: y(tick) + 4, "text-anchor": "end" }, format(tick)),
      ]),
      [0, 0.5, 1].map((share) => {
        const at = oldest + share * (newest - oldest);
        return s("text", { class: "tick", x: x(at), y: HEIGHT - 5, "text-anchor": ["start", "middle", "end"][share * 2] }, clock(at));
      }),
      series.map((line) => s("path", { class: ["line", `line-${line.colour}`, line.dashed && "dashed"], d: pathOf(line.points, x, y) })),
    ),
    h(
      "ul",
      { class: "legend" },
      series.map((line) => h("li", null, h("span", { class: `swatch line-${line.colour}` }), line.name, " ", h("b", null, last(line) === undefined ? "–" : format(last(line))))),
    ),
  );
}

function pathOf(points, x, y) {
  let path = "";
  let pen = "M";
  for (const [at, value] of points) {
    if (value === undefined) {
      pen = "M";
    } else {
      path += `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
      // A single point between gaps is drawn as a dot by its round cap.
      if (pen === "M") path += "h0";
      pen = "L";
    }
  }
  return path;
}
