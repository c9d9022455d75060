import { h, replace } from "../../core/dom.js";
import { LIMITS } from "../../core/limits.js";
import { checkbox, field, select } from "../../part/field.js";
import { icon } from "../../part/icons.js";
import { tabs } from "../../part/tabs.js";
import { maybe, t } from "../../text/text.js";

/** Tests that a submission may have. */
const TEST_LIMIT = 1000;

/** Under the editor: tests, input, limits, network. Reads and changes the draft of `playground`. */
export function settingsPane(playground) {
  const { draft } = playground;
  const keep = () => playground.keep();
  const testsPanel = h("div", { class: "tests-panel" });
  const limitsPanel = h("div", { class: "form-grid" });
  const testsLabel = h("span");
  const byTask = h("p", { class: "notice", hidden: true }, t("play.by-task"));

  function drawTests() {
    testsLabel.textContent = draft.tests.length > 0 ? `${t("tests")} (${draft.tests.length})` : t("tests");
    replace(
      testsPanel,
      h("p", { class: "hint" }, draft.tests.length > 0 ? t("play.tests-hint") : t("play.no-tests-hint")),
      draft.tests.map((test, index) => testCard(test, index)),
      h(
        "div",
        { class: "row" },
        h("button", { type: "button", class: "button", onclick: addTest, disabled: draft.tests.length >= TEST_LIMIT }, icon("plus"), t("play.add-test")),
        draft.tests.length > 0 ? checkerControls() : null,
      ),
    );
  }

  function addTest() {
    draft.tests.push({ name: "", stdin: "", expected: "", points: 1 });
    drawTests();
    keep();
    testsPanel.querySelector(".test-card:last-of-type textarea")?.focus();
  }

  function testCard(test, index) {
    const bound = (name, attributes) =>
      h(attributes.rows ? "textarea" : "input", {
        ...attributes,
        spellcheck: "false",
        value: String(test[name]),
        oninput: (event) => {
          test[name] = attributes.type === "number" ? Number(event.target.value) : event.target.value;
          keep();
        },
      });
    return h(
      "fieldset",
      { class: "test-card" },
      h("legend", null, t("play.test", { n: index + 1 })),
      field(t("name"), bound("name", { placeholder: String(index + 1), maxlength: 128 })),
      field(t("points.short"), bound("points", { type: "number", min: 0, step: "any" })),
      field(t("stdin"), bound("stdin", { rows: 2, class: "mono" })),
      field(t("expected"), bound("expected", { rows: 2, class: "mono" })),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          title: t("play.remove-test"),
          "aria-label": `${t("play.remove-test")} ${index + 1}`,
          onclick: () => {
            draft.tests.splice(index, 1);
            drawTests();
            keep();
          },
        },
        icon("close"),
      ),
    );
  }

  function checkerControls() {
    const kinds = ["trimmed", "exact", "tokens", "numbers"].map((kind) => [kind, t(`checker.${kind}`)]);
    const tolerance = (name) =>
      h("input", {
        type: "number",
        min: 0,
        step: "any",
        class: "short",
        "aria-label": t(`checker.${name}`),
        placeholder: t(`checker.${name}`),
        value: draft.checker[name] ?? "",
        oninput: (event) => {
          if (event.target.value === "") delete draft.checker[name];
          else draft.checker[name] = Number(event.target.value);
          keep();
        },
      });
    return [
      select(kinds, draft.checker.kind, (kind) => {
        draft.checker = { kind };
        drawTests();
        keep();
      }, { "aria-label": t("checker") }),
      draft.checker.kind === "numbers" ? [tolerance("absolute"), tolerance("relative")] : null,
      checkbox(t("play.stop-early"), draft.stopEarly, (on) => {
        draft.stopEarly = on;
        keep();
      }),
    ];
  }

  function drawLimits() {
    replace(
      limitsPanel,
      LIMITS.map((limit) => {
        const usual = playground.language?.limits[limit.name];
        const asked = draft.limits[limit.name];
        const label = limit.suffix ? `${t(`limit.${limit.name}`)} (${limit.suffix})` : t(`limit.${limit.name}`);
        const input = h("input", {
          type: "number",
          min: 0,
          step: limit.step,
          placeholder: usual === undefined ? "" : String(usual / limit.unit),
          value: asked === undefined ? "" : asked / limit.unit,
          oninput: () => {
            if (input.value === "") delete draft.limits[limit.name];
            else draft.limits[limit.name] = Number(input.value) * limit.unit;
            keep();
          },
        });
        return field(label, input);
      }),
    );
  }

  const inputPanel = h(
    "div",
    { class: "stack" },
    h("p", { class: "hint" }, t("play.input-hint")),
    field(t("stdin"), h("textarea", { rows: 5, class: "mono", spellcheck: "false", value: draft.stdin, oninput: (event) => set("stdin", event) })),
    field(t("args"), h("input", { class: "mono", spellcheck: "false", value: draft.args, oninput: (event) => set("args", event) }), t("play.args-hint")),
  );

  function set(name, event) {
    draft[name] = event.target.value;
    keep();
  }

  function networkPanel() {
    const offered = new Set(["none", ...playground.backendList.flatMap((backend) => (backend.available ? backend.network_modes : []))]);
    const allow = field(t("play.allow"), h("input", { class: "mono", value: draft.allow ?? "", oninput: (event) => set("allow", event), placeholder: "192.0.2.0/24:443" }), t("play.allow-hint"));
    allow.hidden = draft.network !== "egress";
    const modes = [...offered].map((mode) => [mode, maybe(`network.${mode}`, mode)]);
    return h(
      "div",
      { class: "stack" },
      field(
        t("network"),
        select(modes, draft.network, (mode) => {
          draft.network = mode;
          allow.hidden = mode !== "egress";
          keep();
        }),
      ),
      allow,
    );
  }

  function taskChanged() {
    byTask.hidden = !draft.task;
    for (const panel of [testsPanel, inputPanel]) panel.inert = Boolean(draft.task);
  }

  drawTests();
  drawLimits();
  taskChanged();
  const strip = tabs(t("play.settings"), [
    { id: "tests", label: testsLabel, panel: testsPanel },
    { id: "input", label: t("play.input"), panel: inputPanel },
    { id: "limits", label: t("limits"), panel: [h("p", { class: "hint" }, t("play.limits-hint")), limitsPanel] },
    { id: "network", label: t("network"), panel: networkPanel() },
  ]);
  return {
    element: h("section", { class: "card settings", "aria-label": t("play.settings") }, byTask, strip.element),
    languageChanged: drawLimits,
    taskChanged,
  };
}
