import { contractText, loadContract } from "../api/contract.js";
import { address } from "../api/client.js";
import { h, replace } from "../core/dom.js";
import { markdown } from "../core/markdown.js";
import { icon } from "../part/icons.js";
import { notice } from "../part/notice.js";
import { t } from "../text/text.js";
import { APIDocument } from "../openapi/document.js";
import { operationCard } from "./api/operation.js";

/** The API as its own description gives it, each request ready to be tried. */
export async function show(outlet) {
  if (!contractText()) await loadContract();
  if (!contractText()) {
    replace(outlet, h("h1", null, t("nav.api")), notice("bad", t("api.missing")));
    return;
  }
  const document = new APIDocument(contractText());
  const { info } = document.root;
  const groups = document.groups();
  replace(
    outlet,
    h(
      "div",
      { class: "api-columns" },
      h(
        "nav",
        { class: "api-index", "aria-label": t("api.operations") },
        groups.map((group) => [
          h("h2", null, group.tag),
          h("ul", null, group.operations.map((operation) => h("li", null, h("button", { type: "button", onclick: () => reveal(operation) }, method(operation.method), h("span", null, breakable(operation.path)))))),
        ]),
      ),
      h(
        "div",
        { class: "api-body" },
        h("div", { class: "view-head" }, h("h1", null, `${info.title} API ${info.version}`), h("a", { class: "button", href: address("/openapi.yaml"), download: "openapi.yaml" }, icon("download"), "openapi.yaml")),
        markdown(info.description ?? info.summary ?? ""),
        groups.map((group) => [h("h2", { class: "api-tag" }, group.tag), group.description ? h("p", { class: "quiet-text" }, group.description) : null, group.operations.map((operation) => operationCard(document, operation))]),
      ),
    ),
  );

  function reveal(operation) {
    const card = outlet.querySelector(`[data-operation="${CSS.escape(`${operation.method} ${operation.path}`)}"]`);
    card.open = true;
    card.scrollIntoView({ block: "start" });
    card.querySelector("summary").focus({ preventScroll: true });
  }
}

/** A path that breaks between its parts and nowhere else. */
function breakable(path) {
  return path.split("/").flatMap((part, index) => (index > 0 ? [h("wbr"), `/${part}`] : [part]));
}

/** A method in its colour. */
export function method(name) {
  return h("span", { class: ["method", `method-${name.toLowerCase()}`] }, name);
}
