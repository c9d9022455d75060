import { get } from "../api/client.js";
import { backends, forgetFacts, languages } from "../api/facts.js";
import { may } from "../api/session.js";
import { h, replace } from "../core/dom.js";
import { parseMetrics, valueOf } from "../metrics/prometheus.js";
import { STAGES, stageBar } from "../part/stages.js";
import { stacked } from "../part/stack.js";
import { maybe, t } from "../text/text.js";
import { icon } from "../part/icons.js";

/** What this host can run programs in, what each enforces, and which languages it has. */
export async function show(outlet, { signal }) {
  replace(outlet, h("p", { class: "loading" }, t("loading")));
  forgetFacts();
  const [list, languageList, metrics] = await Promise.all([backends(), languages(), readMetrics(signal)]);
  if (signal.aborted) return;
  replace(
    outlet,
    h("div", { class: "view-head" }, h("h1", null, t("nav.backends")), h("p", { class: "quiet-text" }, t("backends.explained"))),
    h("div", { class: "cards" }, list.map((backend) => card(backend, backend.stages ?? meanStages(metrics, backend.name)))),
    capabilities(list),
    languageTable(languageList),
  );
}

/** The metrics, or none for who may not read them: the cards then have no bars. */
async function readMetrics(signal) {
  if (!may("monitor")) return new Map();
  try {
    return parseMetrics(await get("/metrics", { signal }));
  } catch {
    return new Map();
  }
}

/** How long each stage took on average since the service's start, in seconds; undefined before the first run. */
function meanStages(metrics, backend) {
  const means = {};
  for (const stage of STAGES) {
    const count = valueOf(metrics, "assay_sandbox_stage_seconds_count", { backend, stage });
    means[stage] = count > 0 ? valueOf(metrics, "assay_sandbox_stage_seconds_sum", { backend, stage }) / count : 0;
  }
  return means.launch > 0 || means.execute > 0 ? means : undefined;
}

function card(backend, stages) {
  return h(
    "article",
    { class: ["card", "backend", !backend.available && "missing"] },
    h(
      "div",
      { class: "backend-head" },
      h("h2", null, backend.name),
      backend.default ? h("span", { class: "tag tag-accent" }, t("backends.default")) : null,
      h("span", { class: ["tag", backend.available ? "tag-good" : "tag-warn"] }, backend.available ? t("available") : t("unavailable")),
    ),
    h("p", { class: "quiet-text" }, [maybe(`isolation.${backend.isolation}`, backend.isolation), backend.version].filter(Boolean).join(" · ")),
    backend.reason ? h("p", null, backend.reason) : null,
    backend.remedy ? h("p", { class: "remedy" }, h("strong", null, t("backends.remedy")), " ", backend.remedy) : null,
    h(
      "dl",
      { class: "facts" },
      h("div", null, h("dt", null, t("network")), h("dd", null, backend.network_modes.length > 0 ? backend.network_modes.map((mode) => maybe(`network.${mode}`, mode)).join(", ") : "–")),
      h("div", null, h("dt", null, t("backends.rootless")), h("dd", null, backend.rootless ? t("yes") : t("no"))),
      backend.storage ? h("div", null, h("dt", null, t("backends.storage")), h("dd", null, backend.storage.map(storage))) : null,
      backend.pool ? h("div", null, h("dt", null, t("backends.pool")), h("dd", null, `${backend.pool.ready} / ${backend.pool.target}`)) : null,
    ),
    stages ? h("div", null, h("p", { class: "hint" }, t("backends.stages")), stageBar(stages)) : null,
  );
}

/** One way to make a root file system; what cannot be had says why when it is pointed at. */
function storage(way, index) {
  const title = [way.detail, way.reason, way.remedy].filter(Boolean).join(". ");
  const name = h(way.available ? (way.default ? "strong" : "span") : "s", title ? { title } : null, way.name);
  return index > 0 ? [", ", name] : name;
}

/** The most asked for first; what a newer service enforces comes after these. */
const ORDER = ["cpu_time", "wall_time", "memory", "processes", "output", "disk", "network", "cpu_pinning"];

function capabilities(list) {
  const known = [...new Set(list.flatMap((backend) => Object.keys(backend.enforces)))];
  const names = [...ORDER.filter((name) => known.includes(name)), ...known.filter((name) => !ORDER.includes(name))];
  if (names.length === 0) return null;
  const sign = (value) =>
    value === undefined
      ? h("span", { class: "quiet-text" }, "–")
      : h("span", { class: value ? "yes" : "no" }, icon(value ? "check" : "cross"), h("span", { class: "unseen" }, value ? t("yes") : t("no")));
  return h(
    "section",
    { class: "card" },
    h("h2", null, t("backends.enforces")),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t("backends.enforces") },
      h(
        "table",
        { class: "grid capabilities" },
        h("thead", null, h("tr", null, h("th", { scope: "col" }, t("backends.limit")), list.map((backend) => h("th", { scope: "col" }, backend.name)))),
        h("tbody", null, names.map((name) => h("tr", null, h("th", { scope: "row" }, maybe(`enforces.${name}`, name.replaceAll("_", " "))), list.map((backend) => h("td", null, sign(backend.enforces[name])))))),
      ),
    ),
  );
}

/** What is to be typed, or read where no package of Debian's provides it. */
function installLine(name) {
  return name.includes(" ") ? name : `apt-get install ${name}`;
}

function languageTable(list) {
  return h(
    "section",
    { class: "card" },
    h("h2", null, t("backends.languages")),
    h(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": t("backends.languages") },
      stacked(h(
        "table",
        { class: "grid" },
        h("thead", null, h("tr", null, [t("language"), t("status"), t("version"), t("name"), t("backends.kind")].map((title) => h("th", { scope: "col" }, title)))),
        h(
          "tbody",
          null,
          list.map((language) =>
            h(
              "tr",
              null,
              h("th", { scope: "row" }, language.title),
              h("td", null, h("span", { class: ["tag", language.available ? "tag-good" : "tag-warn"] }, language.available ? t("available") : t("unavailable")), language.available ? null : [" ", language.reason ?? "", language.package ? [" ", h("code", null, installLine(language.package))] : null]),
              h("td", null, language.version ?? ""),
              h("td", null, h("code", null, [language.name, ...language.aliases].join(", "))),
              h("td", { class: "wide-only" }, language.compiled ? t("backends.compiled") : t("backends.interpreted")),
            ),
          ),
        ),
      )),
    ),
  );
}
