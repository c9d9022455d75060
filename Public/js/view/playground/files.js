import { h, replace } from "../../core/dom.js";
import { Editor } from "../../editor/editor.js";
import { icon } from "../../part/icons.js";
import { t } from "../../text/text.js";

/** Files that a submission may have. */
const FILE_LIMIT = 256;

/**
 * The files of a draft: one tab each, the first is where the program starts. Answers
 * `{ element, refresh(), mark(lines), reveal(path, line, column) }`.
 */
export function filesPane(draft, onChange) {
  let chosen = 0;
  let complaints = () => [];
  const strip = h("div", { class: "file-tabs" });
  const editor = new Editor({
    label: t("editor.label"),
    onInput: (text) => {
      draft.files[chosen].text = text;
      onChange();
    },
  });
  const element = h("section", { class: "card files", "aria-label": t("files") }, strip, editor.element);

  function refresh() {
    chosen = Math.min(chosen, draft.files.length - 1);
    drawStrip();
    const file = draft.files[chosen];
    editor.open(file.path, draft.language, file.text);
    editor.mark(complaints(file.path));
  }

  function drawStrip() {
    replace(
      strip,
      h("div", { role: "group", "aria-label": t("files"), class: "file-list" }, draft.files.map((file, index) => fileTab(file, index))),
      h("button", { type: "button", class: "icon-button", title: t("files.add"), "aria-label": t("files.add"), onclick: add, disabled: draft.files.length >= FILE_LIMIT }, icon("plus")),
      h("button", { type: "button", class: "icon-button", title: t("files.rename"), "aria-label": t("files.rename"), onclick: rename }, icon("rename")),
      draft.files.length > 1
        ? h("button", { type: "button", class: "icon-button", title: t("files.remove"), "aria-label": t("files.remove"), onclick: remove }, icon("close"))
        : null,
      opener(),
    );
  }

  function fileTab(file, index) {
    return h(
      "button",
      { type: "button", class: "file-tab", "aria-pressed": String(index === chosen), onclick: () => choose(index) },
      file.path,
      index === 0 && draft.files.length > 1 ? h("span", { class: "tag" }, t("files.start")) : null,
    );
  }

  /** Reads files from the reader's disk into the draft. */
  function opener() {
    const input = h("input", { type: "file", multiple: true, class: "unseen", "aria-label": t("files.open"), tabindex: "-1", onchange: () => take([...input.files]) });
    return [
      h("button", { type: "button", class: "icon-button", title: t("files.open"), "aria-label": t("files.open"), onclick: () => input.click() }, icon("upload")),
      input,
    ];
  }

  async function take(files) {
    for (const file of files.slice(0, FILE_LIMIT - draft.files.length)) {
      const text = await file.text();
      const known = draft.files.find((existing) => existing.path === file.name);
      if (known) known.text = text;
      else if (draft.files.length === 1 && draft.files[0].text === "") draft.files[0] = { path: file.name, text };
      else draft.files.push({ path: file.name, text });
    }
    chosen = draft.files.length - 1;
    refresh();
    onChange();
  }

  function choose(index) {
    chosen = index;
    refresh();
    strip.querySelectorAll(".file-tab")[index]?.focus();
  }

  function add() {
    const extension = /\.[^./]+$/.exec(draft.files[0].path)?.[0] ?? ".txt";
    let number = draft.files.length + 1;
    while (draft.files.some((file) => file.path === `file${number}${extension}`)) number += 1;
    draft.files.push({ path: `file${number}${extension}`, text: "" });
    chosen = draft.files.length - 1;
    refresh();
    onChange();
    rename();
  }

  function remove() {
    draft.files.splice(chosen, 1);
    refresh();
    onChange();
  }

  /** Puts a text field in the place of the tab's name. */
  function rename() {
    const button = strip.querySelectorAll(".file-tab")[chosen];
    const input = h("input", { class: "file-name", "aria-label": t("files.name"), value: draft.files[chosen].path, spellcheck: "false" });
    let finished = false;
    const finish = (keep) => {
      if (finished) return;
      finished = true;
      const path = input.value.trim();
      if (keep && path && !draft.files.some((file, index) => index !== chosen && file.path === path)) draft.files[chosen].path = path;
      refresh();
      onChange();
      strip.querySelectorAll(".file-tab")[chosen]?.focus();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") finish(true);
      if (event.key === "Escape") finish(false);
    });
    input.addEventListener("blur", () => finish(true));
    button.replaceWith(input);
    input.select();
    input.focus();
  }

  refresh();
  return {
    element,
    refresh,
    /** `lines` is a list for no file, or a function from a path to the lines to mark. */
    mark(lines) {
      complaints = typeof lines === "function" ? lines : () => [];
      editor.mark(complaints(draft.files[chosen].path));
    },
    reveal(path, line, column) {
      const index = draft.files.findIndex((file) => file.path === path);
      if (index < 0) return;
      if (index !== chosen) choose(index);
      editor.reveal(line, column);
    },
  };
}
