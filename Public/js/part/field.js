import { freshID, h } from "../core/dom.js";

/** A control with its label above it, and a hint that screen readers read with it. */
export function field(label, control, hint) {
  const id = control.id || freshID("field");
  control.id = id;
  const hintID = hint ? freshID("hint") : undefined;
  if (hintID) control.setAttribute("aria-describedby", hintID);
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    control,
    hint ? h("span", { class: "hint", id: hintID }, hint) : null,
  );
}

/** A list to choose from: `options` are `[value, text, { disabled, title }?]`. */
export function select(options, value, onchange, attributes = {}) {
  const element = h(
    "select",
    { ...attributes, onchange: () => onchange?.(element.value) },
    options.map(([optionValue, label, more]) => h("option", { value: optionValue, ...more }, label)),
  );
  element.value = value;
  return element;
}

/** A tick box with its text. */
export function checkbox(label, checked, onchange) {
  const element = h("input", { type: "checkbox", checked, onchange: () => onchange(element.checked) });
  return h("label", { class: "check" }, element, label);
}
