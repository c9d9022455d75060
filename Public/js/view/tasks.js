import { get, send } from "../api/client.js";
import { offers } from "../api/contract.js";
import { may } from "../api/session.js";
import { h, replace } from "../core/dom.js";
import { href } from "../core/router.js";
import { field } from "../part/field.js";
import { icon } from "../part/icons.js";
import { emptyNotice, notice, problemNotice } from "../part/notice.js";
import { stacked } from "../part/stack.js";
import { t } from "../text/text.js";
import { showTask } from "./tasks/task.js";

/** What an id of a task may be; a file's name is brought into this form. */
const ID_PATTERN = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,127}";

/** The catalogue; with an id, that task. */
export async function show(outlet, context) {
  if (context.path[0]) return showTask(outlet, context.path[0], context);
  const { signal } = context;
  const list = h("div");
  const reload = async () => {
    try {
      replace(list, taskTable((await get("/v1/tasks", { signal })).tasks));
    } catch (problem) {
      if (problem.name !== "AbortError") replace(list, problemNotice(problem));
    }
  };
  const canUpload = offers("PUT", "/v1/tasks/{id}") && may("manage-tasks");
  replace(outlet, h("div", { class: "view-head" }, h("h1", null, t("nav.tasks")), h("p", { class: "quiet-text" }, t("tasks.explained"))), canUpload ? uploader(reload, signal) : null, list);
  return reload();
}

function taskTable(tasks) {
  if (tasks.length === 0) return h("div", { class: "card" }, emptyNotice("tasks.empty"));
  const search = h("input", { type: "search", oninput: () => filter(search.value.trim().toLowerCase()) });
  const rows = tasks.map((task) => ({
    words: `${task.id}\n${task.title ?? ""}\n${task.course ?? ""}`.toLowerCase(),
    element: h(
      "tr",
      null,
      h("th", { scope: "row" }, h("a", { href: href(["tasks", task.id]) }, task.title ?? task.id)),
      h("td", null, h("code", null, task.id)),
      h("td", null, task.format ?? ""),
      h("td", { class: "number" }, task.version ?? ""),
      h("td", null, task.course ?? ""),
      h("td", null, h("a", { href: href(["play"], { task: task.id }) }, t("tasks.try"))),
    ),
  }));
  const filter = (needle) => {
    for (const row of rows) row.element.hidden = !row.words.includes(needle);
  };
  return h(
    "section",
    { class: "card" },
    h("div", { class: "filters" }, field(t("list.search"), search)),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t("nav.tasks") },
      stacked(
        h(
          "table",
          { class: "grid" },
          h("thead", null, h("tr", null, ["title", "id", "format", "version", "course", "actions"].map((key) => h("th", { scope: "col", class: key === "version" && "number" }, t(key))))),
          h("tbody", null, rows.map((row) => row.element)),
        ),
      ),
    ),
  );
}

/** Takes an archive by drop or by choice, proposes an id, sends it, and tells what the service says of it. */
function uploader(reload, signal) {
  let file;
  const answer = h("div", { "aria-live": "polite" });
  const chosen = h("p", { class: "chosen" });
  const id = h("input", { required: true, pattern: ID_PATTERN, maxlength: 128, spellcheck: "false" });
  const input = h("input", { type: "file", accept: ".zip,.tar.gz,.tgz,application/zip,application/gzip", class: "unseen", tabindex: "-1", "aria-label": t("tasks.choose"), onchange: () => take(input.files[0]) });
  const form = h(
    "form",
    { class: "row", hidden: true, onsubmit: upload },
    field(t("id"), id),
    h("button", { class: "button primary" }, icon("upload"), t("tasks.upload")),
  );
  const zone = h(
    "section",
    {
      class: "card drop",
      "aria-label": t("tasks.upload"),
      ondragover: (event) => {
        event.preventDefault();
        zone.classList.add("over");
      },
      ondragleave: () => zone.classList.remove("over"),
      ondrop: (event) => {
        event.preventDefault();
        zone.classList.remove("over");
        take(event.dataTransfer.files[0]);
      },
    },
    h("p", null, icon("upload"), " ", t("tasks.drop"), " ", h("button", { type: "button", class: "button", onclick: () => input.click() }, t("tasks.choose"))),
    input,
    chosen,
    form,
    answer,
  );

  function take(given) {
    if (!given) return;
    file = given;
    chosen.textContent = file.name;
    id.value = file.name.replace(/\.(zip|tar\.gz|tgz)$/i, "").replace(/[^A-Za-z0-9._-]+/g, "-").replace(/^[^A-Za-z0-9]+/, "");
    form.hidden = false;
    replace(answer);
    id.focus();
  }

  async function upload(event) {
    event.preventDefault();
    const type = /\.zip$/i.test(file.name) ? "application/zip" : "application/gzip";
    try {
      const stored = (await send("PUT", `/v1/tasks/${encodeURIComponent(id.value)}`, { body: file, type, signal })).body;
      const warnings = stored.warnings ?? [];
      replace(
        answer,
        notice("good", t("tasks.uploaded", { id: id.value }), " ", h("a", { href: href(["tasks", id.value]) }, t("tasks.open")), warnings.length > 0 ? h("ul", null, warnings.map((warning) => h("li", null, warning))) : null),
      );
      form.hidden = true;
      chosen.textContent = "";
      await reload();
    } catch (problem) {
      if (problem.name !== "AbortError") replace(answer, problemNotice(problem));
    }
  }

  return zone;
}
