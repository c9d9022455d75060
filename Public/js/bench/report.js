import { STAGES } from "../part/stages.js";

/** The schema that this reader knows. */
const SCHEMA = "assay-bench-1";

/**
 * Reads a benchmark report; throws an Error with a key of the text table and what is wrong. Answers
 * `{ machine, rows: [{ label, experiment, samples: { create: [ms], …, total: [ms] } }] }`.
 */
export function readReport(source) {
  let document;
  try {
    document = JSON.parse(source);
  } catch {
    throw new Error("bench.not-json");
  }
  if (document?.schema !== SCHEMA || !Array.isArray(document.experiments)) throw new Error("bench.other-schema");
  const rows = document.experiments.map(rowOf).filter((row) => row.samples.total.length > 0);
  if (rows.length === 0) throw new Error("bench.no-samples");
  return { machine: document.machine ?? {}, rows };
}

function rowOf(entry) {
  const samples = {};
  for (const stage of STAGES) samples[stage] = numbers(entry.stages?.[stage]);
  // Runs that have all stages: the total of a run needs each of them.
  const runs = Math.min(...STAGES.map((stage) => samples[stage].length).filter((length) => length > 0));
  samples.total = Array.from({ length: Number.isFinite(runs) ? runs : 0 }, (_, run) => STAGES.reduce((sum, stage) => sum + (samples[stage][run] ?? 0), 0));
  return {
    label: [entry.backend, entry.image, entry.storage].filter(Boolean).join(" · "),
    experiment: String(entry.experiment ?? ""),
    samples,
  };
}

function numbers(list) {
  return Array.isArray(list) ? list.filter((value) => typeof value === "number" && Number.isFinite(value) && value >= 0) : [];
}

/** Order statistics of samples: `{ count, minimum, p10, lower, median, upper, p90, maximum }`. */
export function statistics(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share) => quantile(sorted, share);
  return { count: sorted.length, minimum: at(0), p10: at(0.1), lower: at(0.25), median: at(0.5), upper: at(0.75), p90: at(0.9), maximum: at(1) };
}

/** Linear interpolation between the closest ranks. */
function quantile(sorted, share) {
  const place = (sorted.length - 1) * share;
  const low = Math.floor(place);
  return sorted[low] + ((sorted[low + 1] ?? sorted[low]) - sorted[low]) * (place - low);
}
