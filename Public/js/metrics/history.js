import { get } from "../api/client.js";
import { bucketsOf, parseMetrics, quantileBetween, valueOf } from "./prometheus.js";

/**
 * Readings of /metrics over the time the page is open. They go on while another view is shown, so that coming back to
 * the health page finds its pictures filled.
 */

/** Milliseconds between two readings. */
const INTERVAL = 2000;

/** Readings kept: half an hour. */
const KEPT = 900;

/** A rate is taken over this many readings, so that single arrivals do not make spikes. */
const WINDOW = 5;

const readings = [];
const listeners = new Set();
let timer;

/** Calls `listener` after each reading until `signal` aborts; begins reading if nobody did. */
export function followMetrics(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
  if (timer === undefined) {
    timer = setInterval(read, INTERVAL);
    read();
  } else {
    listener();
  }
}

let failure;

/** Why the last reading failed, or undefined. */
export function lastFailure() {
  return failure;
}

async function read() {
  // Nobody sees the page: reading on would only cost the server.
  if (document.hidden) return;
  try {
    const metrics = parseMetrics(await get("/metrics"));
    failure = undefined;
    readings.push(readingOf(metrics));
    if (readings.length > KEPT) readings.shift();
  } catch (problem) {
    failure = problem;
  }
  for (const listener of listeners) listener();
}

/** Only what the pictures need is kept of a reading. */
function readingOf(metrics) {
  const status = (name) => valueOf(metrics, "assay_submissions", { status: name });
  return {
    at: Date.now(),
    accepted: valueOf(metrics, "assay_submissions_accepted_total") ?? 0,
    finished: valueOf(metrics, "assay_verdicts_total") ?? 0,
    refused: valueOf(metrics, "assay_submissions_refused_total") ?? 0,
    failedAttempts: valueOf(metrics, "assay_attempts_failed_total") ?? 0,
    internal: valueOf(metrics, "assay_verdicts_total", { verdict: "internal-error" }) ?? 0,
    queued: status("queued") ?? 0,
    running: status("running") ?? 0,
    oldest: valueOf(metrics, "assay_queue_oldest_seconds"),
    busy: valueOf(metrics, "assay_slots", { state: "busy" }) ?? 0,
    slots: valueOf(metrics, "assay_slots") ?? 0,
    started: valueOf(metrics, "assay_start_time_seconds"),
    version: metrics.get("assay_build_info")?.[0]?.labels.version,
    wait: bucketsOf(metrics, "assay_queue_wait_seconds"),
    grading: bucketsOf(metrics, "assay_grading_seconds"),
    http4xx: httpErrors(metrics, "4"),
    http5xx: httpErrors(metrics, "5"),
    verdicts: verdictsOf(metrics),
  };
}

function httpErrors(metrics, hundreds) {
  const samples = (metrics.get("assay_http_requests_total") ?? []).filter(({ labels }) => labels.status?.startsWith(hundreds));
  return samples.reduce((sum, sample) => sum + sample.value, 0);
}

function verdictsOf(metrics) {
  const sums = {};
  for (const { labels, value } of metrics.get("assay_verdicts_total") ?? []) {
    sums[labels.verdict] = (sums[labels.verdict] ?? 0) + value;
  }
  return sums;
}

/** The newest reading, or undefined. */
export function latest() {
  return readings.at(-1);
}

/** `[[milliseconds, value]]` of a field. */
export function seriesOf(field) {
  return readings.map((reading) => [reading.at, reading[field]]);
}

/** A counter's growth per second. A counter that fell has begun anew, after a restart, and then counts from zero. */
export function rateOf(field) {
  return readings.slice(1).map((reading, index) => {
    const before = readings[Math.max(0, index + 1 - WINDOW)];
    const grown = reading[field] >= before[field] ? reading[field] - before[field] : reading[field];
    return [reading.at, grown / ((reading.at - before.at) / 1000)];
  });
}

/** A quantile of a histogram over the last readings; gaps where nothing was observed. */
export function quantileOf(field, quantile) {
  return readings.slice(1).map((reading, index) => {
    const before = readings[Math.max(0, index + 1 - WINDOW)];
    return [reading.at, quantileBetween(before[field], reading[field], quantile)];
  });
}
