import { get, Problem, send } from "../api/client.js";
import { offers } from "../api/contract.js";
import { backends, languageNamed, languages } from "../api/facts.js";
import { may } from "../api/session.js";
import { hasEnded, watch } from "../api/watch.js";
import { curlLine } from "../core/curl.js";
import { h, replace } from "../core/dom.js";
import { emptyDraft, loadDraft, packDraft, rememberDraft, requestOf, saveDraft, unpackDraft } from "../core/draft.js";
import { effectiveLimits } from "../core/limits.js";
import { href } from "../core/router.js";
import { tab } from "../core/storage.js";
import { address } from "../api/client.js";
import { icon } from "../part/icons.js";
import { placesIn } from "../part/output.js";
import { copy, emptyNotice, problemNotice } from "../part/notice.js";
import { progress, report } from "../part/report.js";
import { select } from "../part/field.js";
import { text } from "../core/format.js";
import { t } from "../text/text.js";
import { filesPane } from "./playground/files.js";
import { settingsPane } from "./playground/settings.js";
import { SAMPLES } from "./playground/samples.js";

/** How long the first request waits for the report: most programs are done by then, and one trip is enough. */
const FIRST_WAIT = "300ms";

/** Write a program, run it, understand its verdict. */
export async function show(outlet, { query, signal }) {
  replace(outlet, h("p", { class: "loading" }, t("loading")));
  const [languageList, backendList, tasks] = await Promise.all([languages(), backends(), taskNames(signal)]);
  if (signal.aborted) return;
  const draft = await startingDraft(query, languageList);
  new Playground(outlet, { draft, languageList, backendList, tasks, signal });
}

async function taskNames(signal) {
  if (!offers("GET", "/v1/tasks")) return [];
  try {
    return (await get("/v1/tasks", { signal })).tasks;
  } catch {
    return [];
  }
}

/** The draft of a link, else that of this tab, else a first program that runs. */
async function startingDraft(query, languageList) {
  if (query.has("program")) {
    try {
      return await unpackDraft(query.get("program"));
    } catch {
      // A cut-off link: begin as if there were none.
    }
  }
  const draft = loadDraft() ?? withSample(emptyDraft(firstLanguage(languageList)));
  if (query.has("task")) draft.task = query.get("task");
  return draft;
}

function firstLanguage(list) {
  return languageNamed(list, "python3") ?? list.find((language) => language.available) ?? list[0];
}

function withSample(draft) {
  const sample = SAMPLES[draft.language];
  if (!sample) return draft;
  draft.files[0].text = sample;
  draft.tests = [
    { name: "", stdin: "2 3\n", expected: "5\n", points: 1 },
    { name: "", stdin: "-10 4\n", expected: "-6\n", points: 1 },
  ];
  return draft;
}

class Playground {
  #running;

  constructor(outlet, { draft, languageList, backendList, tasks, signal }) {
    Object.assign(this, { draft, languageList, backendList, tasks, signal });
    this.result = h("div", { class: "result" }, emptyNotice("play.nothing-yet", h("p", { class: "hint" }, t("play.shortcut"))));
    this.runButton = h("button", { type: "button", class: "button primary", title: t("play.shortcut"), onclick: () => this.run() }, icon("run"), t("play.run"));
    this.stopButton = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.stop() }, icon("stop"), t("play.stop"));
    this.files = filesPane(draft, () => this.#keep());
    this.settings = settingsPane(this);
    replace(outlet, this.#layout());
    if (!may("submit")) this.runButton.disabled = true;
    signal.addEventListener("abort", () => this.#running?.abort());
    addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#keep();
  }

  get language() {
    return languageNamed(this.languageList, this.draft.language);
  }

  #layout() {
    return h(
      "div",
      { class: "playground" },
      h("h1", { class: "unseen" }, t("nav.play")),
      h(
        "div",
        { class: "toolbar", role: "toolbar", "aria-label": t("play.tools") },
        this.#languageSelect(),
        this.#backendSelect(),
        this.tasks.length > 0 ? this.#taskSelect() : null,
        h("span", { class: "spring" }),
        h("button", { type: "button", class: "button quiet", title: t("play.share"), "aria-label": t("play.share"), onclick: () => this.share() }, icon("link"), h("span", { class: "wide-only" }, t("play.share"))),
        h("button", { type: "button", class: "button quiet", title: t("play.curl"), "aria-label": t("play.curl"), onclick: () => this.copyCurl() }, icon("terminal"), h("span", { class: "wide-only" }, t("play.curl"))),
        this.stopButton,
        this.runButton,
      ),
      h("div", { class: "play-columns" }, h("div", { class: "play-left" }, this.files.element, this.settings.element), h("section", { class: "card play-right", "aria-label": t("play.result") }, this.result)),
    );
  }

  #languageSelect() {
    const options = this.languageList.map((language) => [
      language.name,
      language.available ? [language.title, language.version].filter(Boolean).join(" ") : t("play.missing", { name: language.title }),
      { disabled: !language.available },
    ]);
    return select(options, this.language?.name ?? this.draft.language, (name) => this.#chooseLanguage(name), { "aria-label": t("language"), class: "language-select" });
  }

  #backendSelect() {
    const preferred = this.backendList.find((backend) => backend.default);
    const options = [
      ["", t("play.default-backend", { name: preferred?.name ?? "–" })],
      ...this.backendList.map((backend) => [backend.name, backend.available ? backend.name : t("play.missing", { name: backend.name }), { disabled: !backend.available }]),
    ];
    return select(options, this.draft.backend, (name) => this.#change({ backend: name }), { "aria-label": t("backend") });
  }

  #taskSelect() {
    const options = [["", t("play.no-task")], ...this.tasks.map((task) => [task.id, task.title ?? task.id])];
    return select(options, this.draft.task, (id) => {
      this.#change({ task: id });
      this.settings.taskChanged();
    }, { "aria-label": t("task") });
  }

  /** A program that was not touched changes with the language; one's own only takes the new name. */
  #chooseLanguage(name) {
    const old = this.language;
    const untouched = this.draft.files.length === 1 && [SAMPLES[old?.name], ""].includes(this.draft.files[0].text);
    this.draft.language = name;
    if (this.draft.files.length === 1 && this.language) {
      this.draft.files[0].path = this.language.entry_file;
      if (untouched) this.draft.files[0].text = SAMPLES[name] ?? "";
    }
    this.files.refresh();
    this.settings.languageChanged();
    this.#keep();
  }

  #change(values) {
    Object.assign(this.draft, values);
    this.#keep();
  }

  #keep() {
    saveDraft(this.draft);
  }

  keep() {
    this.#keep();
  }

  #key(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.run();
    }
  }

  async share() {
    const url = address("/");
    url.hash = href(["play"], { program: await packDraft(this.draft) });
    await copy(url.href, t("play.shared"));
  }

  async copyCurl() {
    const line = curlLine("POST", address("/v1/submissions", { wait: "30s" }), { json: requestOf(this.draft), token: tab.get("token") });
    await copy(line, t("play.curl-copied"));
  }

  async run() {
    if (this.#running || !may("submit")) return;
    const sent = structuredClone(this.draft);
    const controller = new AbortController();
    this.#running = controller;
    const state = progress();
    replace(this.result, state.element);
    this.#bringResultIntoView();
    this.runButton.disabled = true;
    this.files.mark([]);
    try {
      const answer = await send("POST", "/v1/submissions", { query: { wait: FIRST_WAIT }, json: requestOf(sent), signal: controller.signal });
      let submission = answer.body;
      this.id = submission.id;
      rememberDraft(submission.id, sent);
      if (!hasEnded(submission)) {
        this.stopButton.hidden = !may("cancel");
        state.show({ status: submission.status, position: submission.position, eta: submission.eta_seconds });
        submission = await watch(submission.id, { signal: controller.signal, onState: state.show });
      }
      this.#showReport(submission, sent);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      replace(this.result, problemNotice(problem instanceof Problem ? problem : new Problem(0, { detail: String(problem) })));
    } finally {
      this.#running = undefined;
      this.runButton.disabled = !may("submit");
      this.stopButton.hidden = true;
    }
  }

  /** Where the columns stand one below the other, the result would come out of sight. */
  #bringResultIntoView() {
    const place = this.result.parentElement;
    if (place.getBoundingClientRect().top > innerHeight - 120) place.scrollIntoView({ block: "start" });
  }

  /** Asks the service to cancel; the watch then sees the end. */
  async stop() {
    try {
      await send("DELETE", `/v1/submissions/${this.id}`);
    } catch (problem) {
      if (problem.status !== 409) this.result.prepend(problemNotice(problem));
    }
  }

  #showReport(submission, sent) {
    const complaint = text(submission.report?.compilation?.output) ?? "";
    this.files.mark(submission.report?.compilation?.succeeded === false ? (path) => placesIn(complaint, path) : []);
    replace(
      this.result,
      report(submission, {
        limits: sent.task ? {} : effectiveLimits(languageNamed(this.languageList, sent.language), sent.limits),
        tests: testsOf(sent),
        paths: sent.files.map((file) => file.path),
        reveal: (path, line, column) => this.files.reveal(path, line, column),
      }),
      h("p", { class: "permalink" }, h("a", { href: href(["submissions", submission.id]) }, icon("link"), t("play.permalink")), h("code", null, submission.id)),
    );
  }
}

/** The tests of a draft as the report reads them; without tests the one run has the draft's own input. */
export function testsOf(draft) {
  if (draft.task) return [];
  return draft.tests.length > 0 ? draft.tests : [{ stdin: draft.stdin, expected: "" }];
}
