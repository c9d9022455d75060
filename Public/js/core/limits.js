import { bytes, count, seconds } from "./format.js";

/** The limits that the playground offers, with how a person gives and reads them: `unit` is what one input step means. */
export const LIMITS = [
  { name: "cpu_seconds", unit: 1, suffix: "s", step: "any", show: seconds },
  { name: "wall_seconds", unit: 1, suffix: "s", step: "any", show: seconds },
  { name: "memory_bytes", unit: 1 << 20, suffix: "MiB", step: 1, show: bytes },
  { name: "stack_bytes", unit: 1 << 20, suffix: "MiB", step: 1, show: bytes },
  { name: "processes", unit: 1, suffix: "", step: 1, show: count },
  { name: "open_files", unit: 1, suffix: "", step: 1, show: count },
  { name: "file_bytes", unit: 1 << 20, suffix: "MiB", step: 1, show: bytes },
  { name: "work_bytes", unit: 1 << 20, suffix: "MiB", step: 1, show: bytes },
  { name: "work_files", unit: 1, suffix: "", step: 1, show: count },
  { name: "output_bytes", unit: 1 << 10, suffix: "KiB", step: 1, show: bytes },
  { name: "cpus", unit: 1, suffix: "", step: 1, show: count },
];

/** What a run gets: the language's limits with the asked ones over them, and wall time to match CPU time. */
export function effectiveLimits(language, asked = {}) {
  const limits = { ...language?.limits, ...asked };
  if (asked.cpu_seconds && !asked.wall_seconds) {
    limits.wall_seconds = Math.max(limits.wall_seconds ?? 0, 3 * asked.cpu_seconds);
  }
  return limits;
}
