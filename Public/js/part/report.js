import { freshID, h } from "../core/dom.js";
import { bytes, count, seconds, text } from "../core/format.js";
import { maybe, t } from "../text/text.js";
import { diffTable } from "./diff.js";
import { feedbackCard, graderCard, groupTable, hiddenTag } from "./feedback.js";
import { icon } from "./icons.js";
import { meter } from "./meter.js";
import { compilerText, output } from "./output.js";
import { stacked } from "./stack.js";
import { stageBar } from "./stages.js";
import { badge, submissionBadge } from "./verdict.js";

/**
 * Everything that a finished submission says. What only the sender knows is optional: `limits` (to set use against),
 * `tests` (to compare output with), `paths` and `reveal` (to go from a message to its line).
 */
export function report(submission, { limits = {}, tests = [], paths = [], reveal } = {}) {
  const result = submission.report;
  if (!result) {
    return h("div", { class: "report" }, h("div", { class: "report-head" }, submissionBadge(submission)), h("p", null, t("report.none")));
  }
  return h(
    "div",
    { class: "report" },
    h(
      "div",
      { class: "report-head" },
      badge(result.verdict, result.tests.find((test) => test.verdict === result.verdict)?.time_limit),
      h("span", { class: "score" }, h("b", null, count(result.score)), ` / ${count(result.maximum_score)} `, t("points", { n: result.maximum_score })),
      h("span", { class: "quiet-text" }, t("report.backend", { name: result.backend })),
    ),
    result.message ? h("p", { class: "report-message" }, result.message) : null,
    // A program that did not compile used nothing.
    result.tests.some((test) => test.ending) ? meters(result, limits) : null,
    result.compilation ? compilation(result.compilation, paths, reveal) : null,
    result.feedback ? feedbackCard(result.feedback) : null,
    result.groups?.length > 0 ? groupTable(result.groups) : null,
    result.tests.length > 0 ? testTable(result, { limits, tests, paths, reveal }) : null,
    result.grader ? graderCard(result.grader) : null,
  );
}

/** What the run used of its limits. */
function meters(result, limits) {
  return h(
    "div",
    { class: "meters" },
    cpuMeter(result, limits),
    meter(t("wall"), result.wall_seconds, limits.wall_seconds, seconds),
    meter(t("memory"), result.memory_bytes, limits.memory_bytes, bytes),
  );
}

/** CPU time is limited for each test, so the largest is set against the limit; the sum stands beside it. */
function cpuMeter(result, limits) {
  const largest = Math.max(0, ...result.tests.map((test) => test.cpu_seconds ?? 0));
  const sum = result.tests.length > 1 ? t("cpu.sum", { time: seconds(result.cpu_seconds) }) : undefined;
  return meter(t("cpu"), largest, limits.cpu_seconds, seconds, sum);
}

function compilation(compiled, paths, reveal) {
  const content = text(compiled.output);
  return h(
    "details",
    { class: "card inner", open: !compiled.succeeded },
    h(
      "summary",
      null,
      h("span", { class: "card-title" }, t("compile.title")),
      h("span", { class: ["tag", compiled.succeeded ? "tag-good" : "tag-bad"] }, compiled.succeeded ? t("compile.succeeded") : t("compile.failed")),
      h("span", { class: "quiet-text" }, `${seconds(compiled.wall_seconds)} · ${bytes(compiled.memory_bytes)}`),
      compiled.output_truncated ? h("span", { class: "tag tag-warn" }, t("output.truncated")) : null,
    ),
    content ? compilerText(content, paths, reveal) : h("p", { class: "quiet-text" }, t("compile.silent")),
    compiled.stages ? stageBar(compiled.stages) : null,
  );
}

/** One row a test; the button in a row shows what lies behind it. */
function testTable(result, context) {
  const only = result.tests.length === 1;
  const first = result.tests.findIndex((test) => test.verdict !== "accepted" && test.verdict !== "skipped");
  const body = h("tbody");
  result.tests.forEach((test, index) => {
    const shown = only || index === first;
    const detail = h("tr", { class: "test-detail", hidden: !shown });
    const id = freshID("test");
    const fill = () => {
      if (detail.childElementCount === 0) {
        detail.append(h("td", { colspan: 6, id, role: "cell" }, testDetail(test, context.tests[index], context)));
      }
    };
    if (shown) fill();
    const opener = h(
      "button",
      {
        type: "button",
        class: "opener",
        "aria-expanded": String(shown),
        "aria-controls": id,
        onclick: () => {
          fill();
          detail.hidden = !detail.hidden;
          opener.setAttribute("aria-expanded", String(!detail.hidden));
        },
      },
      test.name,
    );
    body.append(
      h(
        "tr",
        { class: "test-row" },
        h("th", { scope: "row" }, opener, " ", hiddenTag(test.visibility)),
        h("td", null, badge(test.verdict, test.time_limit)),
        h("td", { class: "number" }, `${count(test.points)} / ${count(test.maximum_points)}`),
        h("td", { class: "number" }, seconds(test.cpu_seconds)),
        h("td", { class: "number" }, seconds(test.wall_seconds)),
        h("td", { class: "number" }, bytes(test.memory_bytes)),
      ),
      detail,
    );
  });
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("tests") },
    stacked(h(
      "table",
      { class: "grid tests" },
      h(
        "thead",
        null,
        h("tr", null, h("th", { scope: "col" }, t("test")), h("th", { scope: "col" }, t("verdict")), ["points.short", "cpu", "wall", "memory"].map((key) => h("th", { scope: "col", class: "number" }, t(key)))),
      ),
      body,
    )),
  );
}

function testDetail(test, sent, { paths, reveal }) {
  const actual = text(test.stdout) ?? "";
  const compares = sent?.expected && test.verdict === "wrong-answer";
  const complaint = text(test.stderr);
  return h(
    "div",
    { class: "test-inside" },
    h("div", null, h("p", null, ending(test)), [test.message, test.feedback].filter(Boolean).map((message) => h("p", { class: "report-message" }, message))),
    sent?.stdin ? output(t("stdin"), sent.stdin, false) : null,
    compares ? h("section", { class: "output" }, h("h2", null, t("diff.title")), diffTable(sent.expected, actual)) : output(t("stdout"), test.stdout, test.stdout_truncated),
    complaint
      ? h("section", { class: "output" }, h("h2", null, t("stderr"), test.stderr_truncated ? h("span", { class: "tag tag-warn" }, t("output.truncated")) : null), compilerText(complaint, paths, reveal))
      : null,
    test.stages ? stageBar(test.stages) : null,
  );
}

function ending(test) {
  if (!test.ending) return t("ending.none");
  const { kind, code, signal, signal_name: name } = test.ending;
  return maybe(`ending.${kind}`, kind).replace("{code}", code).replace("{signal}", name ?? signal);
}

/** Where a submission is on its way: shown until the report replaces it, and read out as it changes. */
export function progress() {
  const words = h("span", null, t("state.sending"));
  const bar = h("progress", { "aria-label": t("progress") });
  const element = h("div", { class: "waiting", role: "status" }, icon("clock"), h("div", null, words, bar));
  return {
    element,
    show({ status, position, eta, done, total }) {
      if (status === "queued") {
        const place = position ? t("state.position", { n: position }) : t("state.queued");
        words.textContent = eta ? `${place} ${t("state.eta", { time: seconds(eta) })}` : place;
        bar.removeAttribute("value");
      } else if (total) {
        words.textContent = t("state.test", { k: Math.min(done + 1, total), n: total });
        bar.max = total;
        bar.value = done;
      } else {
        words.textContent = t("state.running");
        bar.removeAttribute("value");
      }
    },
  };
}
