import { address, authorisation, get, Problem, send } from "../../api/client.js";
import { offers } from "../../api/contract.js";
import { may } from "../../api/session.js";
import { h, replace } from "../../core/dom.js";
import { download } from "../../core/download.js";
import { count, seconds } from "../../core/format.js";
import { markdown } from "../../core/markdown.js";
import { go, href } from "../../core/router.js";
import { icon } from "../../part/icons.js";
import { notice, problemNotice } from "../../part/notice.js";
import { output } from "../../part/output.js";
import { tabs } from "../../part/tabs.js";
import { stacked } from "../../part/stack.js";
import { maybe, t } from "../../text/text.js";
import { classResults } from "./results.js";

/** A task: its statement, what its check says, and the results of those who handed in. */
export async function showTask(outlet, id, { signal }) {
  replace(outlet, h("p", { class: "loading" }, t("loading")));
  const path = `/v1/tasks/${encodeURIComponent(id)}`;
  const task = await get(path, { signal });
  const trouble = h("div");
  const items = [{ id: "statement", label: t("task.statement"), panel: statement(task) }];
  if (offers("POST", "/v1/tasks/{id}/check") && may("manage-tasks") && task.version) {
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
      managing(task, path, trouble, signal),
    ),
    trouble,
    h("div", { class: "card" }, tabs(task.title ?? id, items).element),
  );
}

function statement(task) {
  const facts = [
    [t("id"), h("code", null, task.id)],
    [t("languages"), task.languages?.join(", ")],
    [t("format"), task.format],
    [t("version"), task.version],
    [t("course"), task.course],
    [t("tests"), task.tests],
    [t("points.short"), task.maximum_score === undefined ? undefined : count(task.maximum_score)],
  ];
  return [
    h("dl", { class: "facts" }, facts.filter(([, value]) => value).map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))),
    task.statement ? markdown(task.statement) : h("p", { class: "quiet-text" }, t("task.no-statement")),
    (task.samples ?? []).map((sample) =>
      h("section", { class: "sample" }, h("h2", null, t("task.sample", { name: sample.name })), h("div", { class: "sample-pair" }, output(t("stdin"), sample.input, false), output(t("expected"), sample.expected, false))),
    ),
  ];
}

/** The archive as it was uploaded, and taking the task away; a task of the operator's own directory has neither. */
function managing(task, path, trouble, signal) {
  if (!may("manage-tasks") || !task.version) return null;
  const save = async () => {
    try {
      const response = await fetch(address(`${path}/archive`), { headers: authorisation(), signal });
      if (!response.ok) throw new Problem(response.status, await response.json());
      const bytes = new Uint8Array(await response.arrayBuffer());
      // Zip files begin with "PK"; the service keeps what was uploaded, and that is a zip or a tar.gz.
      download(`${task.id}.${bytes[0] === 0x50 ? "zip" : "tar.gz"}`, "application/octet-stream", bytes);
    } catch (problem) {
      if (problem.name !== "AbortError") replace(trouble, problemNotice(problem));
    }
  };
  const remove = async () => {
    if (!confirm(t("task.really-delete", { id: task.id }))) return;
    try {
      await send("DELETE", path, { signal });
      go(["tasks"]);
    } catch (problem) {
      if (problem.name !== "AbortError") replace(trouble, problemNotice(problem));
    }
  };
  return [
    offers("GET", "/v1/tasks/{id}/archive") ? h("button", { type: "button", class: "button", onclick: save }, icon("download"), t("task.archive")) : null,
    offers("DELETE", "/v1/tasks/{id}") ? h("button", { type: "button", class: "button", onclick: remove }, icon("close"), t("task.delete")) : null,
  ];
}

/** Runs the task's own check: its reference solutions must get the verdicts that it names. */
function checkPanel(path, signal) {
  const answer = h("div", { class: "stack", "aria-live": "polite" });
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

/** Passed or not, then one row for each thing that was checked. */
function checkResult({ passed, warnings = [], items = [] }) {
  return [
    h("p", null, h("span", { class: ["tag", passed ? "tag-good" : "tag-bad"] }, passed ? t("task.passed") : t("task.failed"))),
    warnings.length > 0 ? notice("warn", h("ul", null, warnings.map((warning) => h("li", null, warning)))) : null,
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t("task.check") },
      stacked(h(
        "table",
        { class: "grid" },
        h("thead", null, h("tr", null, ["check.kind", "name", "check.expected", "check.found", "cpu", "check.note"].map((key) => h("th", { scope: "col", class: key === "cpu" && "number" }, t(key))))),
        h("tbody", null, items.map(checkRow)),
      )),
    ),
  ];
}

function checkRow(item) {
  return h(
    "tr",
    null,
    h("td", null, maybe(`check.${item.kind}`, item.kind)),
    h("th", { scope: "row" }, item.name),
    h("td", null, item.expected),
    h("td", null, h("span", { class: ["tag", item.passed ? "tag-good" : "tag-bad"] }, item.found)),
    h("td", { class: "number" }, item.cpu_seconds === undefined ? "" : seconds(item.cpu_seconds)),
    h("td", null, item.note ?? ""),
  );
}
