import { get } from "./client.js";
import { offers } from "./contract.js";
import { events } from "./events.js";

/** Waits of the polls one after another, in seconds: short ones first, so that a start is seen soon. */
const WAITS = [1, 2, 5, 10];

/** Pause after a poll that found no server, in milliseconds. */
const PAUSE = 2000;

/**
 * Follows a submission to its end and resolves with it. `onState` hears of every change:
 * `{ status, position?, eta?, done?, total? }` (`eta` in seconds).
 */
export async function watch(id, { signal, onState = () => {} }) {
  if (offers("GET", "/v1/submissions/{id}/events")) {
    try {
      const submission = await follow(id, signal, onState);
      if (submission) return submission;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      // A proxy may not let streams through: polling still works.
    }
  }
  return poll(id, signal, onState);
}

async function follow(id, signal, onState) {
  for await (const { event, data } of events(`/v1/submissions/${id}/events`, signal)) {
    const value = JSON.parse(data);
    if (event === "queued") onState({ status: "queued", position: value.position, eta: value.eta_seconds });
    if (event === "running") onState({ status: "running" });
    if (event === "progress") onState({ status: "running", done: value.done, total: value.total });
    if (event === "done") return value;
  }
  return undefined;
}

async function poll(id, signal, onState) {
  for (let round = 0; ; round += 1) {
    let submission;
    try {
      submission = await get(`/v1/submissions/${id}`, {
        query: { wait: round === 0 ? undefined : `${WAITS[Math.min(round - 1, WAITS.length - 1)]}s` },
        signal,
      });
    } catch (problem) {
      if (problem.status !== 0 && problem.status !== 503) throw problem;
      await pause(PAUSE, signal);
      continue;
    }
    if (hasEnded(submission)) return submission;
    onState({ status: submission.status, position: submission.position, eta: submission.eta_seconds });
  }
}

/** Whether nothing more will happen to a submission. */
export function hasEnded(submission) {
  return submission.status === "finished" || submission.status === "cancelled";
}

/** Resolves after some milliseconds; rejects with `AbortError` when `signal` aborts. */
export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("aborted", "AbortError"));
    };
    if (signal?.aborted) return stop();
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
