import { freshID, h } from "../core/dom.js";
import { t } from "../text/text.js";
import { grammarFor } from "./grammars.js";
import { highlightLine } from "./highlight.js";
import { handleKey } from "./keys.js";

/** Beyond this many characters a file is shown without colours, so that typing stays quick. */
const COLOUR_LIMIT = 200_000;

/**
 * A code editor: a real textarea, so that input methods, undo, spelling and screen readers work as everywhere, over
 * coloured lines of the same text.
 */
export class Editor {
  #lines = [];
  #grammar;
  #marked = new Set();
  #onInput;

  /** `onInput` hears the whole text after each change. */
  constructor({ label, onInput }) {
    this.#onInput = onInput;
    const help = freshID("help");
    this.gutter = h("div", { class: "editor-gutter", "aria-hidden": "true" });
    this.colours = h("pre", { class: "editor-colours", "aria-hidden": "true" });
    this.area = h("textarea", {
      class: "editor-text",
      "aria-label": label,
      "aria-describedby": help,
      spellcheck: "false",
      autocapitalize: "off",
      autocomplete: "off",
      wrap: "off",
      oninput: () => this.#changed(),
      onkeydown: (event) => handleKey(event, this.area, this.#style()),
    });
    this.element = h(
      "div",
      { class: "editor" },
      this.gutter,
      h("div", { class: "editor-stack" }, this.colours, this.area),
      h("span", { id: help, class: "unseen" }, t("editor.help")),
    );
  }

  /** Shows a file. Its undo history begins anew. */
  open(path, language, text) {
    this.#grammar = grammarFor(path, language);
    this.#lines = [];
    this.#marked.clear();
    this.gutter.replaceChildren();
    this.colours.replaceChildren();
    this.area.value = text;
    this.element.scrollTo(0, 0);
    this.#paint();
  }

  get text() {
    return this.area.value;
  }

  /** Marks lines that the compiler complained about; they are numbered from 1. */
  mark(numbers) {
    this.#marked = new Set(numbers);
    this.#showMarks();
  }

  /** Puts the cursor on a line and column, both from 1, and brings it into view. */
  reveal(line, column = 1) {
    const lines = this.area.value.split("\n");
    const index = Math.min(line, lines.length) - 1;
    const start = lines.slice(0, index).reduce((sum, text) => sum + text.length + 1, 0);
    const at = start + Math.min(column - 1, lines[index].length);
    this.area.focus({ preventScroll: true });
    this.area.setSelectionRange(at, at);
    this.gutter.children[index]?.scrollIntoView({ block: "center", inline: "nearest" });
  }

  #style() {
    return { indent: this.area.value.includes("\n\t") ? "\t" : "    ", comment: this.#grammar?.line[0] };
  }

  #changed() {
    this.#marked.clear();
    this.#paint();
    this.#onInput(this.area.value);
  }

  /** Draws only the lines between the common beginning and the common end of the old and the new text. */
  #paint() {
    const texts = this.area.value.split("\n");
    const old = this.#lines;
    const shorter = Math.min(texts.length, old.length);
    let head = 0;
    while (head < shorter && old[head].text === texts[head]) head += 1;
    let tail = 0;
    while (tail < shorter - head && old[old.length - 1 - tail].text === texts[texts.length - 1 - tail]) tail += 1;

    const removed = old.slice(head, old.length - tail);
    for (const line of removed) line.element.remove();
    const before = old[old.length - tail]?.element ?? null;
    const added = texts.slice(head, texts.length - tail).map((text) => ({ text, state: undefined, element: h("div") }));
    for (const line of added) this.colours.insertBefore(line.element, before);
    this.#lines = [...old.slice(0, head), ...added, ...old.slice(old.length - tail)];
    this.#colour(head, head + added.length);
    this.#number();
    this.#showMarks();
  }

  /** Colours from `start`, on past `end` until a line begins in the state it had before. */
  #colour(start, end) {
    const plain = !this.#grammar || this.area.value.length > COLOUR_LIMIT;
    let state = start > 0 ? this.#lines[start - 1].state : -1;
    for (let index = start; index < this.#lines.length; index += 1) {
      const line = this.#lines[index];
      if (index >= end && line.before === state) return;
      line.before = state;
      const result = plain ? { pieces: [["", line.text]], state: -1 } : highlightLine(this.#grammar, line.text, state);
      line.state = result.state;
      state = result.state;
      const nodes = result.pieces.map(([kind, text]) => (kind ? h("span", { class: `tok-${kind}` }, text) : text));
      // A line without any character would have no height.
      line.element.replaceChildren(...(nodes.length > 0 ? nodes : ["\u200b"]));
    }
  }

  #number() {
    const wanted = this.#lines.length;
    while (this.gutter.childElementCount > wanted) this.gutter.lastElementChild.remove();
    for (let number = this.gutter.childElementCount + 1; number <= wanted; number += 1) {
      this.gutter.append(h("div", null, number));
    }
  }

  #showMarks() {
    this.#lines.forEach((line, index) => {
      const marked = this.#marked.has(index + 1);
      line.element.classList.toggle("marked", marked);
      this.gutter.children[index].classList.toggle("marked", marked);
    });
  }
}
