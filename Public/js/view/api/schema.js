import { h } from "../../core/dom.js";
import { inline } from "../../core/markdown.js";
import { stacked } from "../../part/stack.js";
import { t } from "../../text/text.js";

/** Deeper than this the reader opens the named schema itself; recursion ends here too. */
const DEPTH = 4;

/** The fields of a schema, inner ones indented. */
export function schemaTable(document, schema) {
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("api.fields") },
    stacked(h(
      "table",
      { class: "grid schema" },
      h("thead", null, h("tr", null, [t("api.field"), t("api.type"), t("api.meaning")].map((title) => h("th", { scope: "col" }, title)))),
      h("tbody", null, rows(document, document.resolve(schema), 0)),
    )),
  );
}

function rows(document, schema, depth) {
  if (depth >= DEPTH || !schema) return [];
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const whole = document.resolve(property);
    const inner = whole.type === "array" ? document.resolve(whole.items) : whole;
    return [
      h(
        "tr",
        null,
        h("th", { scope: "row", class: `depth-${depth}` }, h("code", null, name), required.has(name) ? h("span", { class: "tag" }, t("api.required")) : null),
        h("td", null, document.typeOf(property)),
        h("td", { class: "whole" }, meaning(whole)),
      ),
      ...rows(document, inner, depth + 1),
    ];
  });
}

/** A field's description and its bounds. */
export function meaning(schema) {
  const bounds = [
    schema.enum?.join(", "),
    schema.default === undefined ? undefined : t("api.default", { value: JSON.stringify(schema.default) }),
    schema.minimum === undefined ? undefined : `≥ ${schema.minimum}`,
    schema.exclusiveMinimum === undefined ? undefined : `> ${schema.exclusiveMinimum}`,
    schema.maximum === undefined ? undefined : `≤ ${schema.maximum}`,
    schema.maxItems === undefined ? undefined : t("api.max-items", { n: schema.maxItems }),
    schema.maxLength === undefined ? undefined : t("api.max-length", { n: schema.maxLength }),
    schema.pattern,
  ].filter(Boolean);
  return [schema.description ? inline(schema.description) : null, bounds.length > 0 ? h("span", { class: "bounds" }, bounds.join(" · ")) : null];
}
