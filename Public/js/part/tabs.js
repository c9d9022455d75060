import { freshID, h } from "../core/dom.js";

/**
 * Tabs after the WAI-ARIA pattern: arrows move, only the chosen tab is in the Tab order.
 * `items`: `[{ id, label, panel }]`; `label` is text or nodes. Answers `{ element, choose(id), labelOf(id) }`.
 */
export function tabs(label, items, { chosen = items[0].id, onchoose = () => {} } = {}) {
  const prefix = freshID("tabs");
  const buttons = items.map((item) =>
    h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `${prefix}-${item.id}`,
        "aria-controls": `${prefix}-${item.id}-panel`,
        onclick: () => choose(item.id),
        onkeydown: (event) => move(event, item.id),
      },
      item.label,
    ),
  );
  const panels = items.map((item) =>
    h(
      "div",
      { role: "tabpanel", class: "tab-panel", id: `${prefix}-${item.id}-panel`, "aria-labelledby": `${prefix}-${item.id}` },
      item.panel,
    ),
  );

  function choose(id, focus = false) {
    items.forEach((item, index) => {
      const now = item.id === id;
      buttons[index].setAttribute("aria-selected", now);
      buttons[index].tabIndex = now ? 0 : -1;
      panels[index].hidden = !now;
      if (now && focus) buttons[index].focus();
    });
    onchoose(id);
  }

  function move(event, id) {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = items.findIndex((item) => item.id === id);
    const to = Number.isFinite(step) ? (at + step + items.length) % items.length : step < 0 ? 0 : items.length - 1;
    choose(items[to].id, true);
  }

  choose(chosen);
  return {
    element: h("div", { class: "tabs" }, h("div", { class: "tab-list", role: "tablist", "aria-label": label }, buttons), panels),
    choose,
    button: (id) => buttons[items.findIndex((item) => item.id === id)],
  };
}
