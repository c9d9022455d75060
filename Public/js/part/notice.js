import { h } from "../core/dom.js";
import { maybe, t } from "../text/text.js";

/** Tells what went wrong, with every field that the server named. */
export function problemNotice(problem) {
  const detail = problem.status === 0 ? t("problem.no-answer") : problem.detail;
  return h(
    "div",
    { class: "notice notice-bad", role: "alert" },
    h("strong", null, problem.status === 0 ? t("problem.unreachable") : problem.title),
    problem.status ? h("span", { class: "code" }, problem.status) : null,
    detail ? h("p", null, detail) : null,
    problem.errors?.length
      ? h("ul", null, problem.errors.map((error) => h("li", null, h("code", null, error.field), " ", error.detail)))
      : null,
    problem.retryAfter ? h("p", null, t("problem.retry", { n: problem.retryAfter })) : null,
  );
}

/** What a place says that has nothing to show. */
export function emptyNotice(key, ...more) {
  return h("div", { class: "empty" }, h("p", null, maybe(key, key)), more);
}

/** An explanation or a success. */
export function notice(look, ...children) {
  return h("div", { class: `notice notice-${look}`, role: "status" }, children);
}

let stack;

/** A short message at the corner, read out once, gone after a while. */
export function toast(message) {
  if (!stack?.isConnected) {
    stack = h("div", { class: "toasts", role: "status", "aria-live": "polite" });
    document.body.append(stack);
  }
  const element = h("div", { class: "toast" }, message);
  stack.append(element);
  setTimeout(() => element.remove(), 5000);
}

/** Copies text, or shows it to be copied where the browser does not allow that (plain HTTP to another host). */
export async function copy(text, message) {
  try {
    await navigator.clipboard.writeText(text);
    toast(message);
  } catch {
    const area = h("textarea", { readOnly: true, rows: 6, "aria-label": t("copy.by-hand") });
    area.value = text;
    const dialog = h(
      "dialog",
      { class: "dialog", onclose: () => dialog.remove() },
      h("p", null, t("copy.by-hand")),
      area,
      h("form", { method: "dialog" }, h("button", { class: "button" }, t("close"))),
    );
    document.body.append(dialog);
    dialog.showModal();
    area.select();
  }
}
