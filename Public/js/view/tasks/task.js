import { get, send } from "../../api/client.js";
import { offers } from "../../api/contract.js";
import { may } from "../../api/session.js";
import { h, replace } from "../../core/dom.js";
import { count } from "../../core/format.js";
import { markdown } from "../../core/markdown.js";
import { href } from "../../core/router.js";
import { icon } from "../../part/icons.js";
import { problemNotice } from "../../part/notice.js";
import { badge } from "../../part/verdict.js";
import { tabs } from "../../part/tabs.js";
import { maybe, t } from "../../text/text.js";
import { classResults } from "./results.js";

/** A task: its statement, what its check says, and the results of those who handed in. */
export async function showTask(outlet, id, { signal }) {
  replace(outlet, h("p", { class: "loading" }, t("loading")));
  const path = `/v1/tasks/${encodeURIComponent(id)}`;
  const task = await get(path, { signal });
  const items = [{ id: "statement", label: t("task.statement"), panel: statement(task) }];
  if (offers("POST", "/v1/tasks/{id}/check") && may("manage-tasks")) {
    items.push({ id: "check", label: t("task.check"), panel: checkPanel(path, signal) });
  }
  if (may("list")) items.push({ id: "results", label: t("task.results"), panel: classResults(id, signal) });
  replace(
    outlet,
    h(
      "div",
      { class: "view-head" },
      h("h1", null, task.title ?? id),
      h("a", { class: "button primary", href: href(["play"], { task: id }) }, icon("run"), t("tasks.try")),
    ),
    h("div", { class: "card" }, tabs(task.title ?? id, items).element),
  );
}

function statement(task) {
  const text = typeof task.statement === "object" ? (task.statement?.markdown ?? task.statement?.text) : task.statement;
  const facts = [
    [t("id"), h("code", null, task.id)],
    [t("languages"), task.languages?.join(", ")],
    [t("format"), task.format],
    [t("version"), task.version],
    [t("points.short"), task.maximum_score === undefined ? undefined : count(task.maximum_score)],
  ];
  return [
    h("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))),
    text ? markdown(text) : h("p", { class: "quiet-text" }, t("task.no-statement")),
  ];
}

/** Runs the task's own check: its reference solutions must get the verdicts that it names. */
function checkPanel(path, signal) {
  const answer = h("div", { "aria-live": "polite" });
  const button = h("button", {
    type: "button",
    class: "button",
    onclick: async () => {
      button.disabled = true;
      replace(answer, h("p", { class: "loading" }, t("task.checking")));
      try {
        replace(answer, checkResult((await send("POST", `${path}/check`, { signal })).body));
      } catch (problem) {
        if (problem.name !== "AbortError") replace(answer, problemNotice(problem));
      }
      button.disabled = false;
    },
  }, icon("check"), t("task.run-check"));
  return [h("p", { class: "hint" }, t("task.check-explained")), button, answer];
}

/** A verdict on top, then whatever lists of findings the check has, one table each. */
function checkResult(result) {
  const lists = Object.entries(result).filter(([, value]) => Array.isArray(value) && value.length > 0);
  const passed = result.passed ?? result.ok;
  return [
    passed === undefined ? null : h("p", null, h("span", { class: ["tag", passed ? "tag-good" : "tag-bad"] }, passed ? t("task.passed") : t("task.failed"))),
    result.message ? h("p", null, result.message) : null,
    lists.map(([name, rows]) => [h("h3", null, maybe(`check.${name}`, name.replaceAll("_", " "))), findings(rows)]),
  ];
}

function findings(rows) {
  if (typeof rows[0] !== "object") return h("ul", null, rows.map((row) => h("li", null, row)));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("task.check") },
    h(
      "table",
      { class: "grid" },
      h("thead", null, h("tr", null, names.map((name) => h("th", { scope: "col" }, maybe(name, name.replaceAll("_", " ")))))),
      h("tbody", null, rows.map((row) => h("tr", null, names.map((name) => h("td", null, cell(name, row[name])))))),
    ),
  );
}

function cell(name, value) {
  if (value === undefined || value === null) return "";
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  if (/verdict|expected|actual/.test(name) && typeof value === "string") return badge(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
