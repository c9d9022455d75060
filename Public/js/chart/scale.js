/** From values to places, and round values for the axis. */

/** A linear scale from [low, high] to [from, to]. */
export function linear(low, high, from, to) {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

/** A logarithmic scale; `low` must be above zero. */
export function logarithmic(low, high, from, to) {
  const span = Math.log(high / low) || 1;
  return (value) => from + (Math.log(Math.max(value, low) / low) / span) * (to - from);
}

/** About `wanted` round values from zero to at least `high`; only whole ones if so asked. */
export function linearTicks(high, { wanted = 4, whole = false } = {}) {
  if (!(high > 0)) return [0, 1];
  const rough = high / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough && (!whole || candidate >= 1));
  const ticks = [];
  for (let index = 0; (index - 1) * step < high; index += 1) ticks.push(index * step);
  return ticks;
}

/**
 * The measures of a chart of rows. On narrow screens labels stand above their rows, so that the chart needs no more
 * than the screen's width and its letters keep their size.
 */
export function rowLayout(right) {
  return matchMedia("(max-width: 820px)").matches
    ? { width: 350, row: 46, left: 22, right: Math.max(right, 26), labelX: 6, labelY: -16, anchor: "start", centre: 31 }
    : { width: 1180, row: 30, left: 250, right, labelX: 238, labelY: 4, anchor: "end", centre: 15 };
}

/** Powers of ten around [low, high]. */
export function logarithmicTicks(low, high) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}
