import { h } from "../core/dom.js";
import { maybe } from "../text/text.js";
import { icon } from "./icons.js";

/** Colour family and icon of each verdict and status; an icon as well, because colour alone does not reach everybody. */
const LOOKS = {
  accepted: ["good", "check"],
  "wrong-answer": ["bad", "cross"],
  "compile-error": ["odd", "alert"],
  "runtime-error": ["odd", "alert"],
  "time-limit-exceeded": ["slow", "clock"],
  "memory-limit-exceeded": ["slow", "memory"],
  "output-limit-exceeded": ["slow", "output"],
  skipped: ["calm", "skip"],
  "internal-error": ["bad", "alert"],
  queued: ["calm", "clock"],
  running: ["live", "run"],
  finished: ["good", "check"],
  cancelled: ["calm", "stop"],
};

/** A verdict or a status as a badge. */
export function badge(name, clock) {
  const [look, sign] = LOOKS[name] ?? ["calm", "alert"];
  const words = clock ? maybe(`verdict.${name}.${clock}`, maybe(`verdict.${name}`, name)) : maybe(`verdict.${name}`, name);
  return h("span", { class: ["badge", `badge-${look}`] }, icon(sign), h("span", null, words));
}

/** The badge for a submission, in full or as a row of a list. */
export function submissionBadge(submission) {
  return badge(submission.report?.verdict ?? submission.verdict ?? submission.status);
}
