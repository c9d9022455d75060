import { readReport, statistics } from "../bench/report.js";
import { stageBars } from "../chart/bars.js";
import { boxPlot } from "../chart/boxes.js";
import { h, replace } from "../core/dom.js";
import { count, seconds } from "../core/format.js";
import { field, select } from "../part/field.js";
import { icon } from "../part/icons.js";
import { notice } from "../part/notice.js";
import { STAGES } from "../part/stages.js";
import { stacked } from "../part/stack.js";
import { t } from "../text/text.js";

/** Reports that were opened; they stay while the page is open. Two can be compared. */
const opened = [];

const COMPARED = 2;

/** Pictures and figures of one benchmark report, or of two side by side. Nothing is sent anywhere. */
export async function show(outlet) {
  const trouble = h("div", { "aria-live": "polite" });
  const body = h("div");
  const input = h("input", { type: "file", accept: ".json,application/json", multiple: true, class: "unseen", tabindex: "-1", "aria-label": t("bench.choose"), onchange: () => take([...input.files]) });
  const names = h("ul", { class: "chosen" });
  const zone = h(
    "section",
    {
      class: "card drop",
      "aria-label": t("bench.open"),
      ondragover: (event) => {
        event.preventDefault();
        zone.classList.add("over");
      },
      ondragleave: () => zone.classList.remove("over"),
      ondrop: (event) => {
        event.preventDefault();
        zone.classList.remove("over");
        take([...event.dataTransfer.files]);
      },
    },
    h("p", null, icon("upload"), " ", t("bench.drop"), " ", h("button", { type: "button", class: "button", onclick: () => input.click() }, t("bench.choose"))),
    input,
    names,
    trouble,
  );
  replace(outlet, h("div", { class: "view-head" }, h("h1", null, t("nav.bench")), h("p", { class: "quiet-text" }, t("bench.explained"))), zone, body);

  async function take(files) {
    replace(trouble);
    for (const file of files) {
      try {
        opened.push({ name: file.name, ...readReport(await file.text()) });
        if (opened.length > COMPARED) opened.shift();
      } catch (error) {
        replace(trouble, notice("bad", `${file.name}: ${t(error.message)}`));
      }
    }
    input.value = "";
    draw();
  }

  function draw() {
    replace(
      names,
      opened.map((report, index) =>
        h("li", null, h("span", { class: `swatch box-${index + 1}` }), report.name, " ", h("span", { class: "quiet-text" }, machineText(report.machine)), h("button", { type: "button", class: "icon-button", "aria-label": `${t("bench.remove")} ${report.name}`, title: t("bench.remove"), onclick: () => remove(index) }, icon("close"))),
      ),
    );
    replace(body, opened.length > 0 ? reportView() : null);
  }

  function remove(index) {
    opened.splice(index, 1);
    draw();
  }

  draw();
}

/** A machine's facts in one line. */
function machineText(machine) {
  const facts = Object.entries(machine).filter(([, value]) => typeof value === "string" || typeof value === "number");
  return facts.slice(0, 6).map(([name, value]) => `${name}: ${value}`).join(" · ");
}

function reportView() {
  const experiments = [...new Set(opened.flatMap((report) => report.rows.map((row) => row.experiment)))];
  const measures = ["total", ...STAGES];
  let experiment = experiments[0];
  let measure = "total";
  const pictures = h("div", { class: "pictures" });
  const draw = () => replace(pictures, picturesOf(experiment, measure));
  draw();
  return h(
    "section",
    { class: "card" },
    h(
      "div",
      { class: "filters" },
      field(t("bench.experiment"), select(experiments.map((name) => [name, name]), experiment, (value) => {
        experiment = value;
        draw();
      })),
      field(t("bench.measure"), select(measures.map((name) => [name, t(`stage.${name}`)]), measure, (value) => {
        measure = value;
        draw();
      })),
    ),
    pictures,
  );
}

/** Milliseconds of a report as text. */
function time(milliseconds) {
  return seconds(milliseconds / 1000);
}

function picturesOf(experiment, measure) {
  const rows = opened.flatMap((report, index) =>
    report.rows.filter((row) => row.experiment === experiment && row.samples[measure].length > 0).map((row) => ({ label: opened.length > 1 ? `${row.label} ${"AB"[index]}` : row.label, plain: row.label, side: index, colour: index + 1, row, box: statistics(row.samples[measure]) })),
  );
  if (rows.length === 0) return h("p", { class: "quiet-text" }, t("bench.nothing"));
  rows.sort((a, b) => a.plain.localeCompare(b.plain) || a.side - b.side);
  const stages = rows.map(({ label, row }) => ({ label, stages: Object.fromEntries(STAGES.map((name) => [name, row.samples[name].length > 0 ? statistics(row.samples[name]).median : 0])) }));
  return [
    boxPlot(t("bench.boxes", { what: t(`stage.${measure}`) }), rows, time),
    h("p", { class: "hint" }, t("bench.boxes-hint")),
    stageBars(t("bench.bars"), stages, time),
    figures(rows),
  ];
}

/** The numbers behind the pictures; with two reports, how the second relates to the first. */
function figures(rows) {
  const compares = opened.length > 1;
  const first = new Map(rows.filter((row) => row.side === 0).map((row) => [row.plain, row.box.median]));
  const ratio = (row) => (row.side === 1 && first.get(row.plain) > 0 ? `${count(row.box.median / first.get(row.plain), 2)} ×` : "");
  const columns = ["minimum", "p10", "median", "p90", "maximum"];
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("bench.figures") },
    stacked(h(
      "table",
      { class: "grid" },
      h("thead", null, h("tr", null, h("th", { scope: "col" }, t("bench.configuration")), h("th", { scope: "col", class: "number" }, t("bench.runs")), columns.map((name) => h("th", { scope: "col", class: "number" }, t(`bench.${name}`))), compares ? h("th", { scope: "col", class: "number" }, "B / A") : null)),
      h("tbody", null, rows.map((row) => h("tr", null, h("th", { scope: "row" }, row.label), h("td", { class: "number" }, count(row.box.count)), columns.map((name) => h("td", { class: "number" }, time(row.box[name]))), compares ? h("td", { class: "number" }, ratio(row)) : null))),
    )),
  );
}
