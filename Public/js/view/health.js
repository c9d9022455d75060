import { get } from "../api/client.js";
import { offers } from "../api/contract.js";
import { may } from "../api/session.js";
import { lineChart } from "../chart/lines.js";
import { h, replace } from "../core/dom.js";
import { bytes, count, moment, seconds } from "../core/format.js";
import { followMetrics, lastFailure, latest, quantileOf, rateOf, seriesOf } from "../metrics/history.js";
import { problemNotice } from "../part/notice.js";
import { badge } from "../part/verdict.js";
import { stacked } from "../part/stack.js";
import { t } from "../text/text.js";
import { tile } from "./submissions/queue.js";

/** What an operator watches during an exam. */
export async function show(outlet, { signal }) {
  const trouble = h("div");
  const tiles = h("div", { class: "tiles" });
  const charts = h("div", { class: "charts" });
  const verdicts = h("div");
  const nodes = h("div");
  replace(outlet, h("div", { class: "view-head" }, h("h1", null, t("nav.health")), h("p", { class: "quiet-text" }, t("health.explained"))), trouble, tiles, charts, verdicts, nodes);
  followMetrics(() => {
    replace(trouble, lastFailure() ? problemNotice(lastFailure()) : null);
    if (!latest()) return;
    replace(tiles, tileList(latest()));
    replace(charts, chartList());
    replace(verdicts, verdictTable(latest().verdicts));
  }, signal);
  if (offers("GET", "/v1/nodes") && may("list")) await followNodes(nodes, signal);
}

function tileList(now) {
  const rate = (field) => rateOf(field).at(-1)?.[1] ?? 0;
  return [
    tile(t("tile.queued"), count(now.queued), now.oldest ? t("tile.oldest", { time: seconds(now.oldest) }) : null),
    tile(t("tile.running"), count(now.running)),
    tile(t("tile.slots"), `${count(now.busy)} / ${count(now.slots)}`),
    tile(t("tile.completed"), perSecond(rate("finished"))),
    tile(t("tile.internal"), count(now.internal + now.failedAttempts)),
    now.started ? tile(t("tile.uptime"), seconds(now.at / 1000 - now.started), now.version ? `Assay ${now.version}` : null) : null,
  ];
}

function perSecond(value) {
  return t("per-second", { n: count(value, value < 10 ? 1 : 0) });
}

function chartList() {
  return [
    lineChart(t("chart.rates"), [
      { name: t("chart.arrivals"), points: rateOf("accepted"), colour: 1 },
      { name: t("chart.completions"), points: rateOf("finished"), colour: 2 },
    ], { format: perSecond, highest: 1 }),
    lineChart(t("chart.queue"), [
      { name: t("tile.queued"), points: seriesOf("queued"), colour: 1 },
      { name: t("tile.running"), points: seriesOf("running"), colour: 2 },
    ], { format: count, highest: 4, whole: true }),
    lineChart(t("chart.wait"), [
      { name: t("chart.p50"), points: quantileOf("wait", 0.5), colour: 2 },
      { name: t("chart.p95"), points: quantileOf("wait", 0.95), colour: 3 },
      { name: t("chart.p99"), points: quantileOf("wait", 0.99), colour: 4 },
    ], { format: seconds, highest: 0.01 }),
    lineChart(t("chart.grading"), [
      { name: t("chart.p50"), points: quantileOf("grading", 0.5), colour: 2 },
      { name: t("chart.p95"), points: quantileOf("grading", 0.95), colour: 3 },
    ], { format: seconds, highest: 0.01 }),
    lineChart(t("chart.slots"), [
      { name: t("chart.busy"), points: seriesOf("busy"), colour: 1 },
      { name: t("chart.all"), points: seriesOf("slots"), colour: 5, dashed: true },
    ], { format: count, highest: latest().slots, whole: true }),
    lineChart(t("chart.errors"), [
      { name: t("chart.4xx"), points: rateOf("http4xx"), colour: 3 },
      { name: t("chart.5xx"), points: rateOf("http5xx"), colour: 4 },
      { name: t("chart.refused"), points: rateOf("refused"), colour: 5, dashed: true },
    ], { format: perSecond, highest: 1 }),
  ];
}

function verdictTable(verdicts) {
  const rows = Object.entries(verdicts).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  const total = rows.reduce((sum, [, number]) => sum + number, 0);
  return h(
    "section",
    { class: "card" },
    h("h2", null, t("health.verdicts")),
    h("ul", { class: "verdict-counts" }, rows.map(([name, number]) => h("li", null, badge(name), h("b", null, count(number)), h("span", { class: "quiet-text" }, count((100 * number) / total, 1), " %")))),
  );
}

/** Milliseconds between two looks at the nodes. */
const NODES_PERIOD = 5000;

async function followNodes(element, signal) {
  await showNodes(element, signal);
  const timer = setInterval(() => showNodes(element, signal).catch(() => {}), NODES_PERIOD);
  signal.addEventListener("abort", () => clearInterval(timer));
}

async function showNodes(element, signal) {
  const { nodes } = await get("/v1/nodes", { signal });
  const columns = ["name", "role", "state", "slots", "memory", "backends", "version", "since"];
  replace(
    element,
    h(
      "section",
      { class: "card" },
      h("h2", null, t("health.nodes")),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("health.nodes") },
        stacked(h("table", { class: "grid" },
          h("thead", null, h("tr", null, columns.map((name) => h("th", { scope: "col" }, t(`node.${name}`))))),
          h("tbody", null, nodes.map((node) => h("tr", { class: "node" }, nodeCells(node).map((content) => h("td", null, content)))))))),
    ),
  );
}

function nodeCells(node) {
  return [
    node.name,
    t(`node.role.${node.role}`),
    node.alive ? t("node.alive") : t("node.silent", { time: seconds(node.silent_seconds) }),
    `${count(node.slots.total - node.slots.free)} / ${count(node.slots.total)}`,
    `${bytes(node.memory.total - node.memory.free)} / ${bytes(node.memory.total)}`,
    Object.entries(node.backends).map(([name, version]) => `${name} ${version}`).join(", "),
    node.version,
    moment(node.started_at),
  ];
}
