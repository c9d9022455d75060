import { get } from "../../api/client.js";
import { h, replace } from "../../core/dom.js";
import { count, shortMoment } from "../../core/format.js";
import { csv, download } from "../../core/download.js";
import { href } from "../../core/router.js";
import { icon } from "../../part/icons.js";
import { emptyNotice, problemNotice } from "../../part/notice.js";
import { submissionBadge } from "../../part/verdict.js";
import { stacked } from "../../part/stack.js";
import { t } from "../../text/text.js";

/** Pages read at most; a class is far below that. */
const PAGE_LIMIT = 250;

/** Metadata by which front-ends name a student that give no `user`, best first. */
const NAMES = ["user", "student", "username", "user_id", "name", "email"];

/** The best result of each student, as a table and as CSV. */
export function classResults(task, signal) {
  const answer = h("div");
  const button = h("button", {
    type: "button",
    class: "button",
    onclick: async () => {
      button.disabled = true;
      try {
        const found = await allSubmissions(task, signal, (n) => replace(answer, h("p", { class: "loading" }, t("results.reading", { n }))));
        replace(answer, resultTable(task, bestOf(found)));
      } catch (problem) {
        if (problem.name !== "AbortError") replace(answer, problemNotice(problem));
      }
      button.disabled = false;
    },
  }, t("results.read"));
  return [h("p", { class: "hint" }, t("results.explained")), button, answer];
}

async function allSubmissions(task, signal, onCount) {
  const found = [];
  let cursor;
  for (let page = 0; page < PAGE_LIMIT; page += 1) {
    const answer = await get("/v1/submissions", { query: { task, limit: 200, cursor }, signal });
    found.push(...answer.submissions);
    onCount(found.length);
    cursor = answer.next_cursor;
    if (!cursor) break;
  }
  return found;
}

/** One row a student: the highest score, and among equals the earliest. */
export function bestOf(submissions) {
  const rows = new Map();
  for (const submission of submissions) {
    const student = submission.user ?? NAMES.map((name) => submission.metadata[name]).find(Boolean) ?? "";
    const row = rows.get(student) ?? { student, attempts: 0, best: undefined };
    row.attempts += 1;
    if (submission.status === "finished" && (!row.best || submission.score >= row.best.score)) row.best = submission;
    rows.set(student, row);
  }
  return [...rows.values()].sort((a, b) => a.student.localeCompare(b.student));
}

function resultTable(task, rows) {
  if (rows.length === 0) return emptyNotice("results.empty");
  const save = () =>
    download(
      `${task}.csv`,
      "text/csv",
      csv([
        ["student", "score", "maximum_score", "verdict", "attempts", "submitted_at", "submission"],
        ...rows.map(({ student, attempts, best }) => [student, best?.score, best?.maximum_score, best?.verdict, attempts, best?.created_at, best?.id]),
      ]),
    );
  return [
    h("div", { class: "row" }, h("button", { type: "button", class: "button", onclick: save }, icon("download"), t("results.csv"))),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t("task.results") },
      stacked(h(
        "table",
        { class: "grid" },
        h("thead", null, h("tr", null, h("th", { scope: "col" }, t("student")), h("th", { scope: "col" }, t("verdict")), h("th", { scope: "col", class: "number" }, t("points.short")), h("th", { scope: "col", class: "number" }, t("results.attempts")), h("th", { scope: "col" }, t("created")))),
        h(
          "tbody",
          null,
          rows.map(({ student, attempts, best }) =>
            h(
              "tr",
              null,
              h("th", { scope: "row" }, student || t("results.nobody")),
              h("td", null, best ? h("a", { href: href(["submissions", best.id]) }, submissionBadge(best)) : "–"),
              h("td", { class: "number" }, best ? `${count(best.score)} / ${count(best.maximum_score)}` : "–"),
              h("td", { class: "number" }, count(attempts)),
              h("td", null, best ? shortMoment(best.created_at) : ""),
            ),
          ),
        ),
      )),
    ),
  ];
}
