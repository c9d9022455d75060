import { h } from "../core/dom.js";
import { download } from "../core/download.js";
import { count } from "../core/format.js";
import { markdown } from "../core/markdown.js";
import { maybe, t } from "../text/text.js";
import { icon } from "./icons.js";
import { output } from "./output.js";
import { stageBar } from "./stages.js";
import { badge } from "./verdict.js";

/** Points by group of tests. */
export function groupTable(groups) {
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("groups") },
    h(
      "table",
      { class: "grid tests" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, t("group")), h("th", { scope: "col" }, t("verdict")), h("th", { scope: "col", class: "number" }, t("points.short")))),
      h(
        "tbody",
        null,
        groups.map((group) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, group.name, " ", hiddenTag(group.visibility)),
            h("td", null, badge(group.verdict)),
            h("td", { class: "number" }, `${count(group.points)} / ${count(group.maximum_points)}`),
          ),
        ),
      ),
    ),
  );
}

/** Says that students see little of a test or group. */
export function hiddenTag(visibility) {
  return visibility === "hidden" ? h("span", { class: "tag" }, t("hidden")) : null;
}

/** What a grader says beyond verdict and score. It may carry what a student's program wrote, so none of it is HTML. */
export function feedbackCard(feedback) {
  const problems = Object.entries(feedback.problems ?? {});
  const tags = Object.entries(feedback.tags ?? {});
  const values = Object.entries(feedback.values ?? {});
  const artefacts = feedback.artefacts ?? [];
  if (!feedback.text && problems.length + tags.length + values.length + artefacts.length === 0) return null;
  return h(
    "section",
    { class: "card inner" },
    h("h2", null, t("feedback")),
    feedback.text ? words(feedback.text, feedback.format) : null,
    problems.map(([name, problem]) => h("div", { class: "row" }, h("b", null, name), badge(problem.accepted ? "accepted" : "wrong-answer"), problem.text ? h("p", { class: "report-message" }, problem.text) : null)),
    tags.length > 0 ? h("p", { class: "row" }, tags.map(([name, on]) => h("span", { class: ["tag", on && "tag-accent"] }, on ? "✓ " : "", name))) : null,
    values.length > 0 ? h("dl", { class: "facts" }, values.map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value)))) : null,
    artefacts.length > 0 ? h("div", { class: "row" }, artefacts.map((artefact) => artefactButton(artefact))) : null,
  );
}

function words(text, format) {
  if (format === "markdown") return markdown(text);
  return h("pre", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("feedback") }, format === "ansi" ? withoutColours(text) : text);
}

/** A terminal's colours and movements are taken out. */
function withoutColours(text) {
  return text.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, "");
}

function artefactButton({ path, base64 }) {
  const save = () => download(path.split("/").at(-1), "application/octet-stream", Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  return h("button", { type: "button", class: "button", onclick: save }, icon("download"), path);
}

/** How the grader's own program fared; the service gives it to teachers only. */
export function graderCard(grader) {
  return h(
    "details",
    { class: "card inner" },
    h("summary", null, h("span", { class: "card-title" }, t("grader")), h("span", { class: "quiet-text" }, maybe(`ending.${grader.ending?.kind}`, "").replace("{code}", grader.ending?.code).replace("{signal}", grader.ending?.signal_name))),
    output(t("stdout"), grader.stdout, grader.stdout_truncated),
    output(t("stderr"), grader.stderr, grader.stderr_truncated),
    grader.stages ? stageBar(grader.stages) : null,
  );
}
