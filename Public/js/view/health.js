import { get } from "../api/client.js";
import { offers } from "../api/contract.js";
import { lineChart } from "../chart/lines.js";
import { h, replace } from "../core/dom.js";
import { count, moment, seconds } from "../core/format.js";
import { followMetrics, lastFailure, latest, quantileOf, rateOf, seriesOf } from "../metrics/history.js";
import { problemNotice } from "../part/notice.js";
import { badge } from "../part/verdict.js";
import { maybe, t } from "../text/text.js";
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
  if (offers("GET", "/v1/nodes")) await showNodes(nodes, signal);
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

/** Fields of a node that are shown in this order; others follow by name. */
const NODE_FIELDS = ["name", "id", "role", "roles", "version", "slots", "backends", "last_heartbeat", "heartbeat_at"];

async function showNodes(element, signal) {
  const list = (await get("/v1/nodes", { signal })).nodes ?? [];
  const names = [...new Set(list.flatMap((node) => Object.keys(node)))].sort((a, b) => rank(a) - rank(b));
  replace(
    element,
    h(
      "section",
      { class: "card" },
      h("h2", null, t("health.nodes")),
      h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("health.nodes") },
        h("table", { class: "grid" },
          h("thead", null, h("tr", null, names.map((name) => h("th", { scope: "col" }, maybe(`node.${name}`, name))))),
          h("tbody", null, list.map((node) => h("tr", null, names.map((name) => h("td", null, cell(node[name])))))))),
    ),
  );
}

function rank(name) {
  const at = NODE_FIELDS.indexOf(name);
  return at < 0 ? NODE_FIELDS.length : at;
}

function cell(value) {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map(cell).join(", ");
  if (typeof value === "object") return Object.entries(value).map(([name, inner]) => `${name} ${cell(inner)}`).join(", ");
  return typeof value === "string" && /^\d{4}-\d\d-\d\dT/.test(value) ? moment(value) : String(value);
}
