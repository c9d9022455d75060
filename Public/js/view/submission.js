import { get, send } from "../api/client.js";
import { offers } from "../api/contract.js";
import { languageNamed, languages } from "../api/facts.js";
import { may } from "../api/session.js";
import { hasEnded, watch } from "../api/watch.js";
import { h, replace } from "../core/dom.js";
import { draftOf, saveDraft } from "../core/draft.js";
import { count, moment, seconds } from "../core/format.js";
import { effectiveLimits } from "../core/limits.js";
import { go, href } from "../core/router.js";
import { icon } from "../part/icons.js";
import { copy, problemNotice, toast } from "../part/notice.js";
import { progress, report } from "../part/report.js";
import { badge } from "../part/verdict.js";
import { maybe, t } from "../text/text.js";
import { testsOf } from "./playground.js";

/** One submission, followed to its end. */
export async function showSubmission(outlet, id, { signal }) {
  replace(outlet, h("p", { class: "loading" }, t("loading")));
  const submission = await get(`/v1/submissions/${encodeURIComponent(id)}`, { signal });
  const draft = draftOf(id);
  const language = draft && !draft.task ? languageNamed(await languages(), draft.language) : undefined;
  const facts = h("div");
  const body = h("div", { class: "card" });
  const trouble = h("div");
  const past = h("div");
  replace(
    outlet,
    h("div", { class: "view-head" }, h("h1", null, t("submission"), " ", h("code", { class: "id" }, id)), facts),
    trouble,
    body,
    past,
  );

  const draw = (now) => {
    replace(facts, actions(now), factList(now));
    if (hasEnded(now)) {
      replace(body, report(now, { limits: language ? effectiveLimits(language, draft.limits) : {}, tests: draft ? testsOf(draft) : [] }));
      showHistory(now);
    }
  };

  /** What it was judged before. A service that does not tell, or fails to, leaves the report as it is. */
  async function showHistory(now) {
    if (!offers("GET", "/v1/submissions/{id}/history") || now.status !== "finished") return;
    try {
      replace(past, historyCard((await get(`/v1/submissions/${id}/history`, { signal })).reports));
    } catch (problem) {
      if (problem.name !== "AbortError") replace(past, problemNotice(problem));
    }
  }

  function actions(now) {
    const button = (name, label, action) => h("button", { type: "button", class: "button", onclick: action }, icon(name), label);
    return h(
      "div",
      { class: "row" },
      draft
        ? button("rename", t("submission.edit"), () => {
            saveDraft(draft);
            go(["play"]);
          })
        : null,
      button("link", t("submission.link"), () => copy(location.href, t("submission.link-copied"))),
      !hasEnded(now) && may("cancel") && !now.cancellation_asked ? button("stop", t("cancel"), () => act("DELETE", `/v1/submissions/${id}`)) : null,
      hasEnded(now) && may("rejudge") && offers("POST", "/v1/submissions/{id}/rejudge")
        ? button("again", t("rejudge"), () => act("POST", `/v1/submissions/${id}/rejudge`))
        : null,
    );
  }

  async function act(method, path) {
    replace(trouble);
    try {
      const answer = await send(method, path, { signal });
      toast(t(method === "DELETE" ? "cancel.asked" : "rejudge.asked"));
      if (answer.body?.id && answer.body.id !== id) go(["submissions", answer.body.id]);
      else await followFrom(answer.body?.status ? answer.body : await get(`/v1/submissions/${id}`, { signal }));
    } catch (problem) {
      if (problem.name !== "AbortError") replace(trouble, problemNotice(problem));
    }
  }

  async function followFrom(now) {
    draw(now);
    if (hasEnded(now)) return;
    const state = progress();
    replace(body, state.element);
    state.show({ status: now.status, position: now.position, eta: now.eta_seconds });
    draw(await watch(id, { signal, onState: state.show }));
  }

  await followFrom(submission);
}

/** Earlier verdicts, the latest first; nothing where there are none. */
function historyCard(reports) {
  if (reports.length === 0) return null;
  const rows = reports.toReversed().map(({ report: old, finished_at }) =>
    h("tr", null, h("td", null, badge(old.verdict)), h("td", { class: "number" }, `${count(old.score)} / ${count(old.maximum_score)}`), h("td", null, h("time", { datetime: finished_at }, moment(finished_at)))),
  );
  const columns = [["verdict"], ["points.short", "number"], ["created"]].map(([key, look]) => h("th", { scope: "col", class: look }, t(key)));
  return h("section", { class: "card" }, h("h2", null, t("history")), h("table", { class: "grid" }, h("thead", null, h("tr", null, columns)), h("tbody", null, rows)));
}

function factList(submission) {
  const waited = submission.started_at && new Date(submission.started_at) - new Date(submission.created_at);
  const rows = [
    [t("language"), submission.language],
    [t("task"), submission.task && h("a", { href: href(["tasks", submission.task]) }, submission.task)],
    [t("user"), submission.user],
    [t("course"), submission.course],
    [t("priority"), submission.priority && maybe(`priority.${submission.priority}`, submission.priority)],
    [t("created"), h("time", { datetime: submission.created_at }, moment(submission.created_at))],
    [t("waited"), waited === undefined ? undefined : seconds(waited / 1000)],
    ...Object.entries(submission.metadata).map(([name, value]) => [name, value]),
  ];
  return h("dl", { class: "facts" }, rows.filter(([, value]) => value !== undefined).map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))));
}
