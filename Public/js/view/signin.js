import { me, signIn } from "../api/session.js";
import { h, replace } from "../core/dom.js";
import { field } from "../part/field.js";
import { problemNotice } from "../part/notice.js";
import { t } from "../text/text.js";

/** Asks for a token, tries it, and goes back to where it was needed. */
export async function show(outlet, { query, refreshShell }) {
  const token = h("input", { type: "password", autocomplete: "current-password", required: true, spellcheck: "false" });
  const trouble = h("div");
  const form = h(
    "form",
    {
      class: "card signin",
      onsubmit: async (event) => {
        event.preventDefault();
        replace(trouble);
        try {
          await signIn(token.value.trim());
        } catch (problem) {
          replace(trouble, problemNotice(problem.status === 401 ? { status: 401, title: t("signin.unknown") } : problem));
          token.focus();
          return;
        }
        refreshShell();
        const to = query.get("to");
        location.hash = to?.startsWith("#/") && !to.startsWith("#/signin") ? to : "#/";
      },
    },
    h("h1", null, t("signin")),
    h("p", null, t("signin.why")),
    field(t("signin.token"), token, t("signin.kept")),
    trouble,
    h("button", { class: "button primary" }, t("signin")),
  );
  replace(outlet, form);
  if (!me()) token.focus();
}
