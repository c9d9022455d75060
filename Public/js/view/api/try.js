import { address, authorisation } from "../../api/client.js";
import { curlLine } from "../../core/curl.js";
import { h, replace } from "../../core/dom.js";
import { bytes, seconds } from "../../core/format.js";
import { tab } from "../../core/storage.js";
import { field, select } from "../../part/field.js";
import { icon } from "../../part/icons.js";
import { copy, problemNotice } from "../../part/notice.js";
import { t } from "../../text/text.js";

/** Characters of an answer that are shown. */
const SHOWN = 100_000;

/** A form for one operation: parameters, body from the description's examples, and the answer as it came. */
export function tryForm(document, operation) {
  const inputs = operation.parameters.filter((parameter) => parameter.in === "path" || parameter.in === "query").map((parameter) => ({ parameter, input: inputFor(document, parameter) }));
  const media = Object.entries(operation.requestBody?.content ?? {})[0];
  const examples = media ? document.examples(media[1]) : [];
  const body = media ? bodyInput(examples) : undefined;
  const answer = h("div", { "aria-live": "polite" });

  const url = () => {
    let path = operation.path;
    const query = {};
    for (const { parameter, input } of inputs) {
      if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else query[parameter.name] = input.value;
    }
    return address(path, query);
  };

  async function send(event) {
    event.preventDefault();
    replace(answer, h("p", { class: "loading" }, t("loading")));
    const headers = authorisation();
    if (body) headers["Content-Type"] = media[0];
    const began = performance.now();
    try {
      const response = await fetch(url(), { method: operation.method, headers, body: body?.area.value, cache: "no-store" });
      const content = await response.text();
      replace(answer, answerView(response, content, (performance.now() - began) / 1000));
    } catch (error) {
      replace(answer, problemNotice({ status: 0, title: "", detail: error.message }));
    }
  }

  return h(
    "form",
    { class: "try", onsubmit: send },
    h("div", { class: "form-grid" }, inputs.map(({ parameter, input }) => field(parameter.name, input))),
    body ? [examples.length > 1 ? field(t("api.example"), body.chooser) : null, field(t("api.body"), body.area)] : null,
    h(
      "div",
      { class: "row" },
      h("button", { class: "button primary" }, icon("run"), t("api.send")),
      h("button", { type: "button", class: "button quiet", onclick: () => copy(curlLine(operation.method, url(), { json: body?.area.value, token: tab.get("token") }), t("play.curl-copied")) }, icon("terminal"), t("play.curl")),
    ),
    answer,
  );
}

function inputFor(document, parameter) {
  const schema = document.resolve(parameter.schema) ?? {};
  if (schema.enum) return select([["", "–"], ...schema.enum.map((value) => [value, value])], "");
  return h("input", { required: parameter.required === true, spellcheck: "false", value: parameter.in === "path" ? (parameter.example ?? "") : "", placeholder: String(schema.default ?? parameter.example ?? "") });
}

function bodyInput(examples) {
  const written = (example) => JSON.stringify(example?.value ?? {}, null, 2);
  const area = h("textarea", { class: "mono", rows: 10, spellcheck: "false", value: written(examples[0]) });
  const chooser = select(examples.map((example, index) => [String(index), example.summary ?? example.name]), "0", (index) => {
    area.value = written(examples[index]);
  });
  return { area, chooser };
}

function answerView(response, content, time) {
  const names = ["content-type", "location", "retry-after", "etag"].filter((name) => response.headers.has(name));
  return [
    h("p", { class: "row" }, h("span", { class: ["status", `status-${String(response.status)[0]}`] }, response.status), h("span", { class: "quiet-text" }, `${seconds(time)} · ${bytes(new Blob([content]).size)}`)),
    names.length > 0 ? h("pre", { class: "headers" }, names.map((name) => `${name}: ${response.headers.get(name)}`).join("\n")) : null,
    content ? h("pre", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("api.answer") }, pretty(content).slice(0, SHOWN)) : null,
  ];
}

function pretty(content) {
  try {
    return JSON.stringify(JSON.parse(content), null, 2);
  } catch {
    return content;
  }
}
