import { h, s } from "../core/dom.js";
import { seconds } from "../core/format.js";
import { t } from "../text/text.js";

/** The life cycle of a sandbox in its order; each has a colour of the same name in the style sheet. */
export const STAGES = ["create", "launch", "execute", "stop", "clean"];

/** The stages of one run as one bar, each part as long as its time, with the times beneath. */
export function stageBar(stages) {
  const total = STAGES.reduce((sum, name) => sum + (stages[name] ?? 0), 0);
  let at = 0;
  const parts = STAGES.map((name) => {
    const width = total > 0 ? ((stages[name] ?? 0) / total) * 1000 : 0;
    const rectangle = s("rect", { class: `stage-${name}`, x: at, width, height: 10 }, s("title", null, `${t(`stage.${name}`)}: ${seconds(stages[name])}`));
    at += width;
    return rectangle;
  });
  const words = STAGES.map((name) => `${t(`stage.${name}`)} ${seconds(stages[name])}`).join(", ");
  return h(
    "div",
    { class: "stage-bar" },
    s("svg", { viewBox: "0 0 1000 10", preserveAspectRatio: "none", role: "img", "aria-label": `${t("stages")}: ${words}` }, parts),
    stageLegend((name) => seconds(stages[name])),
  );
}

/** What the colours mean; `value(name)` adds a figure to each. */
export function stageLegend(value = () => "") {
  return h(
    "ul",
    { class: "legend" },
    STAGES.map((name) => h("li", null, h("span", { class: `swatch stage-${name}` }), t(`stage.${name}`), " ", h("b", null, value(name)))),
  );
}
