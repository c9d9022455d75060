/**
 * Makes elements. Everything that reaches the document passes through here, and data can only become text nodes or
 * attributes: what a student's program prints is never parsed as HTML.
 */

const SVG = "http://www.w3.org/2000/svg";

/** Attributes that would turn a string into markup, script or style. */
const FORBIDDEN = new Set(["innerHTML", "outerHTML", "srcdoc", "style"]);

/** State that lives in properties; the attribute of the same name is only its first value. */
const PROPERTIES = new Set(["value", "checked", "selected", "disabled", "indeterminate", "open", "hidden", "readOnly"]);

/** An HTML element: `h("button", { class: "quiet", onclick: run }, "Run")`. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) setAttribute(element, name, value);
  append(element, children);
  return element;
}

function setAttribute(element, name, value) {
  if (FORBIDDEN.has(name)) throw new TypeError(`${name} is not set from here`);
  if (name.startsWith("on")) {
    if (value) element.addEventListener(name.slice(2), value);
  } else if (name === "data") {
    Object.assign(element.dataset, value);
  } else if (PROPERTIES.has(name)) {
    element[name] = value ?? (name === "value" ? "" : false);
  } else if (Array.isArray(value)) {
    element.setAttribute(name, value.filter(Boolean).join(" "));
  } else if (value === true) {
    element.setAttribute(name, "");
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, value);
  }
}

/** Adds strings as text, nodes as they are, lists in order; skips null, undefined and booleans. */
export function append(parent, ...children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || typeof child === "boolean") continue;
    parent.append(child instanceof Node ? child : String(child));
  }
  return parent;
}

/** Replaces the children of `parent`. */
export function replace(parent, ...children) {
  parent.replaceChildren();
  return append(parent, children);
}

let lastID = 0;

/** An id that no other element of the document has, for labels and descriptions. */
export function freshID(prefix = "e") {
  lastID += 1;
  return `${prefix}-${lastID}`;
}
