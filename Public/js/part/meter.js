import { h, s } from "../core/dom.js";
import { percent } from "../core/format.js";
import { t } from "../text/text.js";

/** A use and, where the limit is known, how much of it that is. `format` writes values, `more` stands beneath. */
export function meter(label, used, limit, format, more) {
  const share = limit ? Math.min(used / limit, 1) : undefined;
  const words = limit ? t("meter.of", { used: format(used), limit: format(limit) }) : format(used);
  return h(
    "div",
    { class: "meter" },
    h("span", { class: "meter-label" }, label),
    h("span", { class: "meter-value" }, h("b", null, format(used)), limit ? ` / ${format(limit)}` : null),
    share === undefined
      ? null
      : s(
          "svg",
          { class: ["meter-bar", share > 0.9 ? "full" : share > 0.7 && "high"], viewBox: "0 0 100 4", preserveAspectRatio: "none", role: "img", "aria-label": `${label}: ${words} (${percent(share)})` },
          s("rect", { class: "meter-back", width: 100, height: 4 }),
          s("rect", { class: "meter-fill", width: Math.max(share * 100, used > 0 ? 0.8 : 0), height: 4 }),
        ),
    more ? h("span", { class: "hint" }, more) : null,
  );
}
