import { get, send } from "../api/client.js";
import { offers } from "../api/contract.js";
import { languages } from "../api/facts.js";
import { may } from "../api/session.js";
import { h, replace } from "../core/dom.js";
import { bytes, count, seconds, shortMoment } from "../core/format.js";
import { href, rewrite } from "../core/router.js";
import { field, select } from "../part/field.js";
import { icon } from "../part/icons.js";
import { emptyNotice, problemNotice } from "../part/notice.js";
import { stacked, stackedRow } from "../part/stack.js";
import { submissionBadge } from "../part/verdict.js";
import { t } from "../text/text.js";
import { queueStrip } from "./submissions/queue.js";
import { showSubmission } from "./submission.js";

/** Rows asked for at a time. */
const PAGE = 100;

/** Milliseconds between two looks at what is new. */
const REFRESH = 3000;

/** Milliseconds without a key before the service is asked. */
const SEARCH_PAUSE = 250;

const STATUSES = ["queued", "running", "finished", "cancelled"];
const VERDICTS = ["accepted", "wrong-answer", "compile-error", "runtime-error", "time-limit-exceeded", "memory-limit-exceeded", "output-limit-exceeded", "internal-error"];
const FILTERS = ["status", "verdict", "language", "task"];
const ID = /^[0-7][0-9abcdefghjkmnpqrstvwxyz]{25}$/;

/** The queue as it moves and everything that was judged; with an id, that submission. */
export async function show(outlet, context) {
  if (context.path[0]) return showSubmission(outlet, context.path[0], context);
  const languageList = await languages();
  if (context.signal.aborted) return undefined;
  const list = new SubmissionList(outlet, context, languageList);
  return list.reload();
}

class SubmissionList {
  #rows = new Map();
  #cursor;
  #loading = false;
  #generation = 0;

  constructor(outlet, { query, signal }, languageList) {
    this.signal = signal;
    this.filters = Object.fromEntries(FILTERS.map((name) => [name, query.get(name) ?? ""]));
    this.needle = query.get("search") ?? "";
    this.hasTasks = offers("GET", "/v1/tasks");
    this.body = h("tbody");
    this.trouble = h("div");
    this.empty = h("div");
    this.tally = h("span", { class: "quiet-text", role: "status" });
    this.more = h("button", { type: "button", class: "button", hidden: true, onclick: () => this.#next() }, t("list.more"));
    this.table = stacked(h("table", { class: "grid list" }, this.#head(), this.body));
    replace(
      outlet,
      h("h1", null, t("nav.submissions")),
      queueStrip(signal),
      h("div", { class: "card" }, this.#controls(languageList), this.trouble, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("nav.submissions") }, this.table), this.empty, h("div", { class: "row list-foot" }, this.more, this.tally)),
    );
    this.#loadAsReached();
    const timer = setInterval(() => this.#refresh(), REFRESH);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  #head() {
    const columns = ["id", "verdict", "language", this.hasTasks && "task", "created"].filter(Boolean).map((key) => h("th", { scope: "col" }, t(key)));
    const numbers = ["points.short", "cpu", "memory"].map((key) => h("th", { scope: "col", class: "number" }, t(key)));
    return h("thead", null, h("tr", null, columns, numbers, h("th", { scope: "col" }, h("span", { class: "unseen" }, t("actions")))));
  }

  #controls(languageList) {
    const any = [["", t("list.any")]];
    const choose = (name) => (value) => this.#filter(name, value);
    const search = h("input", {
      type: "search",
      value: this.needle,
      placeholder: t("list.search-hint"),
      oninput: () => this.#search(search.value.trim()),
      onkeydown: (event) => {
        if (event.key === "Enter" && ID.test(search.value.trim().toLowerCase())) location.hash = href(["submissions", search.value.trim().toLowerCase()]);
      },
    });
    const task = h("input", { value: this.filters.task, onchange: () => this.#filter("task", task.value.trim()) });
    return h(
      "form",
      { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
      field(t("list.search"), search),
      field(t("status"), select([...any, ...STATUSES.map((name) => [name, t(`verdict.${name}`)])], this.filters.status, choose("status"))),
      field(t("verdict"), select([...any, ...VERDICTS.map((name) => [name, t(`verdict.${name}`)])], this.filters.verdict, choose("verdict"))),
      field(t("language"), select([...any, ...languageList.map((language) => [language.name, language.title])], this.filters.language, choose("language"))),
      this.hasTasks ? field(t("task"), task) : null,
    );
  }

  #filter(name, value) {
    this.filters[name] = value;
    rewrite(["submissions"], { ...this.filters, search: this.needle });
    this.reload();
  }

  /** Looks through the rows that are loaded at once, and has the service look through all others. */
  #search(needle) {
    this.needle = needle;
    rewrite(["submissions"], { ...this.filters, search: needle });
    for (const row of this.#rows.values()) this.#showIfFound(row);
    this.#countRows();
    clearTimeout(this.searching);
    if (needle !== "") this.searching = setTimeout(() => this.#searchAll(needle), SEARCH_PAUSE);
  }

  async #searchAll(needle) {
    const generation = this.#generation;
    try {
      const page = await get("/v1/submissions", { query: { ...this.filters, search: needle, limit: PAGE }, signal: this.signal });
      if (generation !== this.#generation || needle !== this.needle) return;
      for (const submission of page.submissions) {
        if (!this.#rows.has(submission.id)) this.#insert(submission);
      }
      this.#countRows();
    } catch (problem) {
      if (problem.name !== "AbortError" && generation === this.#generation) replace(this.trouble, problemNotice(problem));
    }
  }

  /** Ids sort by age, and the newest stands first. */
  #insert(submission) {
    const later = [...this.#rows.values()].filter((row) => row.id < submission.id).sort((a, b) => (a.id < b.id ? 1 : -1))[0];
    const { element } = this.#add(submission);
    if (later) later.element.before(element);
    else this.body.append(element);
  }

  #showIfFound(row) {
    row.element.hidden = this.needle !== "" && !row.words.includes(this.needle.toLowerCase());
  }

  /** The first page of the filters. */
  async reload() {
    this.#generation += 1;
    this.#loading = false;
    this.#cursor = undefined;
    this.#rows.clear();
    this.body.replaceChildren();
    await this.#next();
  }

  async #next() {
    if (this.#loading) return;
    this.#loading = true;
    const generation = this.#generation;
    try {
      const page = await get("/v1/submissions", { query: { ...this.filters, limit: PAGE, cursor: this.#cursor }, signal: this.signal });
      if (generation !== this.#generation) return;
      replace(this.trouble);
      const fragment = document.createDocumentFragment();
      for (const submission of page.submissions) {
        if (!this.#rows.has(submission.id)) fragment.append(this.#add(submission).element);
      }
      this.body.append(fragment);
      this.#cursor = page.next_cursor;
      this.more.hidden = !page.next_cursor;
      this.#countRows();
    } catch (problem) {
      if (problem.name !== "AbortError" && generation === this.#generation) replace(this.trouble, problemNotice(problem));
    } finally {
      if (generation === this.#generation) this.#loading = false;
    }
  }

  /** The next page is asked for before its place comes into view. */
  #loadAsReached() {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting) && this.#cursor) this.#next();
    }, { rootMargin: "600px" });
    observer.observe(this.more);
    this.signal.addEventListener("abort", () => observer.disconnect());
  }

  /** Brings in what is new at the top and what changed in rows that had not ended. */
  async #refresh() {
    if (document.hidden || this.#loading) return;
    const generation = this.#generation;
    try {
      const page = await get("/v1/submissions", { query: { ...this.filters, limit: PAGE }, signal: this.signal });
      if (generation !== this.#generation) return;
      replace(this.trouble);
      const seen = new Set(page.submissions.map((submission) => submission.id));
      for (const submission of page.submissions.toReversed()) this.#update(submission);
      const old = [...this.#rows.values()].filter((row) => row.pending && !seen.has(row.id)).slice(0, 10);
      for (const row of old) {
        const now = await get(`/v1/submissions/${row.id}`, { signal: this.signal });
        if (generation === this.#generation) this.#update(summaryOf(now));
      }
      this.#countRows();
    } catch (problem) {
      if (problem.name !== "AbortError" && problem.status !== 401) replace(this.trouble, problemNotice(problem));
    }
  }

  #update(submission) {
    const row = this.#rows.get(submission.id);
    if (!row) {
      this.body.prepend(this.#add(submission).element);
    } else if (row.state !== stateOf(submission)) {
      const before = row.element;
      before.replaceWith(this.#add(submission).element);
    }
  }

  #add(submission) {
    const row = {
      id: submission.id,
      state: stateOf(submission),
      pending: submission.status === "queued" || submission.status === "running",
      words: [submission.id, submission.language, submission.task, submission.user, submission.course, ...Object.values(submission.metadata)].join("\n").toLowerCase(),
      element: this.#element(submission),
    };
    this.#rows.set(submission.id, row);
    this.#showIfFound(row);
    return row;
  }

  #element(submission) {
    const who = [submission.user, submission.course, ...Object.values(submission.metadata)].filter(Boolean).slice(0, 3).join(" · ");
    const row = h(
      "tr",
      null,
      h("th", { scope: "row" }, h("a", { href: href(["submissions", submission.id]) }, h("code", null, submission.id.slice(-10))), who ? h("span", { class: "who" }, who) : null),
      h("td", null, submissionBadge(submission), placeOf(submission)),
      h("td", null, submission.language),
      this.hasTasks ? h("td", null, submission.task ?? "") : null,
      h("td", null, h("time", { datetime: submission.created_at }, shortMoment(submission.created_at))),
      h("td", { class: "number" }, submission.score === undefined ? "" : `${count(submission.score)} / ${count(submission.maximum_score)}`),
      h("td", { class: "number" }, submission.cpu_seconds === undefined ? "" : seconds(submission.cpu_seconds)),
      h("td", { class: "number" }, submission.memory_bytes === undefined ? "" : bytes(submission.memory_bytes)),
      h("td", { class: "actions" }, this.#rowActions(submission)),
    );
    return stackedRow(row, this.table);
  }

  #rowActions(submission) {
    const pending = submission.status === "queued" || submission.status === "running";
    const short = submission.id.slice(-10);
    if (pending && may("cancel")) return this.#action("stop", t("cancel"), short, "DELETE", `/v1/submissions/${submission.id}`);
    if (!pending && may("rejudge") && offers("POST", "/v1/submissions/{id}/rejudge")) {
      return this.#action("again", t("rejudge"), short, "POST", `/v1/submissions/${submission.id}/rejudge`);
    }
    return null;
  }

  #action(sign, label, short, method, path) {
    const button = h("button", {
      type: "button",
      class: "icon-button",
      title: label,
      "aria-label": `${label} ${short}`,
      onclick: async () => {
        button.disabled = true;
        try {
          await send(method, path, { signal: this.signal });
          await this.#refresh();
        } catch (problem) {
          if (problem.name !== "AbortError" && problem.status !== 409) replace(this.trouble, problemNotice(problem));
        }
        button.disabled = false;
      },
    }, icon(sign));
    return button;
  }

  #countRows() {
    const shown = this.body.querySelectorAll("tr:not([hidden])").length;
    this.tally.textContent = t("list.count", { n: shown, text: count(shown) });
    replace(this.empty, shown === 0 ? emptyNotice("list.empty") : null);
    this.table.hidden = shown === 0;
  }
}

/** What a row shows of a submission that may change. */
function stateOf(submission) {
  return [submission.status, submission.verdict, submission.score, submission.position].join(" ");
}

/** Where a submission stands in the queue, and when its report is expected. */
function placeOf(submission) {
  if (!submission.position) return null;
  return h("span", { class: "who" }, t("list.place", { n: submission.position, time: seconds(submission.eta_seconds) }));
}

/** A full submission as the list gives it. */
function summaryOf(submission) {
  const { report, ...summary } = submission;
  if (!report) return summary;
  const { verdict, score, maximum_score, cpu_seconds, wall_seconds, memory_bytes } = report;
  return { ...summary, verdict, score, maximum_score, cpu_seconds, wall_seconds, memory_bytes };
}
