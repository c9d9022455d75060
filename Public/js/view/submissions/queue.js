import { get } from "../../api/client.js";
import { may } from "../../api/session.js";
import { h, replace } from "../../core/dom.js";
import { count, seconds } from "../../core/format.js";
import { parseMetrics, valueOf } from "../../metrics/prometheus.js";
import { t } from "../../text/text.js";

/** Milliseconds between two looks. */
const REFRESH = 2000;

/** More slots than this are told as a number only. */
const SQUARES = 64;

/** How many wait, how many run, and which slots are busy, kept up to date from the metrics. */
export function queueStrip(signal) {
  const element = h("div", { class: "tiles" });
  if (!may("monitor")) return element;
  const refresh = async () => {
    if (document.hidden) return;
    try {
      draw(element, parseMetrics(await get("/metrics", { signal })));
    } catch {
      // The list below tells of a service that does not answer.
    }
  };
  refresh();
  const timer = setInterval(refresh, REFRESH);
  signal.addEventListener("abort", () => clearInterval(timer));
  return element;
}

function draw(element, metrics) {
  const busy = valueOf(metrics, "assay_slots", { state: "busy" }) ?? 0;
  const free = valueOf(metrics, "assay_slots", { state: "free" }) ?? 0;
  const oldest = valueOf(metrics, "assay_queue_oldest_seconds");
  replace(
    element,
    tile(t("tile.queued"), count(valueOf(metrics, "assay_submissions", { status: "queued" }) ?? 0), oldest ? t("tile.oldest", { time: seconds(oldest) }) : null),
    tile(t("tile.running"), count(valueOf(metrics, "assay_submissions", { status: "running" }) ?? 0)),
    tile(t("tile.slots"), `${count(busy)} / ${count(busy + free)}`, slots(busy, busy + free)),
  );
}

function slots(busy, total) {
  if (total > SQUARES) return null;
  const squares = Array.from({ length: total }, (_, index) => h("span", { class: ["slot", index < busy && "busy"] }));
  return h("span", { class: "slots", "aria-hidden": "true" }, squares);
}

/** A figure with its name, and a word more. */
export function tile(label, value, more = null) {
  return h("div", { class: "tile" }, h("span", { class: "tile-label" }, label), h("b", { class: "tile-value" }, value), more ? h("span", { class: "tile-more" }, more) : null);
}
