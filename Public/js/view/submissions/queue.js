import { get } from "../../api/client.js";
import { may } from "../../api/session.js";
import { h, replace } from "../../core/dom.js";
import { count, seconds } from "../../core/format.js";
import { parseMetrics, samplesOf, valueOf } from "../../metrics/prometheus.js";
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
    tile(t("tile.slots"), `${count(busy)} / ${count(busy + free)}`, slots(samplesOf(metrics, "assay_slot_busy"))),
  );
}

/** A square for each core, by its number. */
function slots(cores) {
  if (cores.length > SQUARES) return null;
  return h(
    "ul",
    { class: "slots", "aria-label": t("tile.cores") },
    cores.map(({ labels, value }) => {
      const words = t(value > 0 ? "tile.core-busy" : "tile.core-free", { n: labels.cpu });
      return h("li", { class: ["slot", value > 0 && "busy"], title: words }, h("span", { class: "unseen" }, words), h("span", { "aria-hidden": "true" }, labels.cpu));
    }),
  );
}

/** A figure with its name, and a word more. */
export function tile(label, value, more = null) {
  return h("div", { class: "tile" }, h("span", { class: "tile-label" }, label), h("b", { class: "tile-value" }, value), more ? h("div", { class: "tile-more" }, more) : null);
}
