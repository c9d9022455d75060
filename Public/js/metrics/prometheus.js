/**
 * Reads Prometheus' text format (0.0.4): a map from a sample's name to `[{ labels, value }]`. A line that is not
 * understood is left out, since a newer exporter may write more than this reader knows.
 */
export function parseMetrics(source) {
  const metrics = new Map();
  for (const line of source.split("\n")) {
    const match = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (!match) continue;
    const value = numberOf(match[3]);
    if (Number.isNaN(value)) continue;
    if (!metrics.has(match[1])) metrics.set(match[1], []);
    metrics.get(match[1]).push({ labels: labelsOf(match[2] ?? ""), value });
  }
  return metrics;
}

function numberOf(text) {
  if (text === "+Inf" || text === "Inf") return Infinity;
  if (text === "-Inf") return -Infinity;
  return Number(text);
}

function labelsOf(source) {
  const labels = {};
  for (const [, name, value] of source.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = value.replace(/\\(.)/g, (_, character) => (character === "n" ? "\n" : character));
  }
  return labels;
}

/** The samples of a name whose labels include `wanted`. */
export function samplesOf(metrics, name, wanted = {}) {
  const matches = ({ labels }) => Object.entries(wanted).every(([key, value]) => labels[key] === value);
  return (metrics.get(name) ?? []).filter(matches);
}

/** The sum of those samples, or undefined when there is none. */
export function valueOf(metrics, name, wanted) {
  const samples = samplesOf(metrics, name, wanted);
  return samples.length === 0 ? undefined : samples.reduce((sum, sample) => sum + sample.value, 0);
}

/** A histogram's cumulative buckets, over all labels: `[[upper bound, count]]` by rising bound. */
export function bucketsOf(metrics, name) {
  const sums = new Map();
  for (const { labels, value } of samplesOf(metrics, `${name}_bucket`)) {
    const bound = numberOf(labels.le);
    sums.set(bound, (sums.get(bound) ?? 0) + value);
  }
  return [...sums].sort(([a], [b]) => a - b);
}

/**
 * The quantile of what was observed between two readings of a histogram, by linear interpolation within its bucket, as
 * Prometheus' `histogram_quantile` does; undefined when nothing was observed.
 */
export function quantileBetween(before, after, quantile) {
  const earlier = new Map(before);
  const buckets = after.map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]);
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total <= 0) return undefined;
  const rank = quantile * total;
  let [lowBound, lowCount] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank) {
      if (bound === Infinity) return lowBound;
      return count === lowCount ? bound : lowBound + ((bound - lowBound) * (rank - lowCount)) / (count - lowCount);
    }
    [lowBound, lowCount] = [bound, count];
  }
  return lowBound;
}
