import { h } from "../../core/dom.js";
import { inline, markdown } from "../../core/markdown.js";
import { stacked } from "../../part/stack.js";
import { t } from "../../text/text.js";
import { method } from "../api.js";
import { meaning, schemaTable } from "./schema.js";
import { tryForm } from "./try.js";

/** One request: what it does, what it takes, what it answers, and a form to try it. Filled when it is first opened. */
export function operationCard(document, operation) {
  const card = h(
    "details",
    {
      class: "card operation",
      data: { operation: `${operation.method} ${operation.path}` },
      ontoggle: () => {
        if (card.open && card.childElementCount === 1) card.append(inside(document, operation));
      },
    },
    h("summary", null, method(operation.method), h("code", null, operation.path), h("span", { class: "quiet-text" }, operation.summary)),
  );
  return card;
}

function inside(document, operation) {
  const media = Object.entries(operation.requestBody?.content ?? {});
  return h(
    "div",
    { class: "operation-inside" },
    operation.description ? markdown(operation.description) : null,
    operation.parameters.length > 0 ? [h("h3", null, t("api.parameters")), parameterTable(document, operation.parameters)] : null,
    media.map(([type, content]) => [h("h3", null, t("api.body"), " ", h("code", null, type)), schemaTable(document, content.schema)]),
    h("h3", null, t("api.answers")),
    h("ul", { class: "answers" }, Object.entries(operation.responses ?? {}).map(([status, response]) => answer(document, status, document.resolve(response)))),
    h("h3", null, t("api.try")),
    tryForm(document, operation),
  );
}

function parameterTable(document, parameters) {
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("api.parameters") },
    stacked(h(
      "table",
      { class: "grid" },
      h("thead", null, h("tr", null, [t("name"), t("api.in"), t("api.type"), t("api.meaning")].map((title) => h("th", { scope: "col" }, title)))),
      h(
        "tbody",
        null,
        parameters.map((parameter) =>
          h(
            "tr",
            null,
            h("th", { scope: "row" }, h("code", null, parameter.name), parameter.required ? h("span", { class: "tag" }, t("api.required")) : null),
            h("td", null, parameter.in),
            h("td", null, document.typeOf(parameter.schema)),
            h("td", { class: "whole" }, meaning({ ...document.resolve(parameter.schema), ...(parameter.description ? { description: parameter.description } : {}) })),
          ),
        ),
      ),
    )),
  );
}

function answer(document, status, response) {
  const [type, content] = Object.entries(response.content ?? {})[0] ?? [];
  const schema = content?.schema;
  const example = document.examples(content)[0];
  return h(
    "li",
    null,
    h(
      "details",
      null,
      h("summary", null, h("span", { class: ["status", `status-${status[0]}`] }, status), " ", inline(response.description ?? "")),
      type ? h("p", { class: "quiet-text" }, h("code", null, type)) : null,
      schema && document.resolve(schema)?.properties ? schemaTable(document, schema) : null,
      example ? h("pre", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("api.example") }, typeof example.value === "string" ? example.value : JSON.stringify(example.value, null, 2)) : null,
    ),
  );
}
