import { loadContract, offers } from "./api/contract.js";
import { forgetFacts } from "./api/facts.js";
import { whenUnauthorised } from "./api/client.js";
import { loadSession, may, me, needsToken, signOut } from "./api/session.js";
import { h, replace } from "./core/dom.js";
import { currentRoute, go, href } from "./core/router.js";
import { currentTheme, toggleTheme } from "./core/theme.js";
import { icon } from "./part/icons.js";
import { problemNotice } from "./part/notice.js";
import { chooseLanguage, language, LANGUAGES, loadTexts, t } from "./text/text.js";

/**
 * The views by the first word of their route. `offered` hides those that this service does not have or this person
 * may not use; to a `reachable` address a link still leads, as to one's own submission. Each is loaded when first opened.
 */
const VIEWS = [
  { name: "play", load: () => import("./view/playground.js"), offered: () => may("look") },
  { name: "submissions", load: () => import("./view/submissions.js"), offered: () => may("list"), reachable: (path) => path.length > 1 },
  { name: "tasks", load: () => import("./view/tasks.js"), offered: () => offers("GET", "/v1/tasks") && may("look") },
  { name: "backends", load: () => import("./view/backends.js"), offered: () => may("look") },
  { name: "bench", load: () => import("./view/bench.js"), offered: () => true },
  { name: "health", load: () => import("./view/health.js"), offered: () => may("monitor") },
  { name: "api", load: () => import("./view/api.js"), offered: () => true },
];

/** Views that need nothing from the service but its description. */
const PUBLIC = new Set(["bench", "api", "signin"]);

const SIGN_IN = { name: "signin", load: () => import("./view/signin.js"), offered: () => true };

let leave = new AbortController();
let outlet;
let isFirstView = true;

await loadTexts();
drawShell();
// The first view's modules come while the service is asked what it offers; a failure shows when the view is opened.
VIEWS.find((view) => view.name === (currentRoute().path[0] ?? "play"))?.load().catch(() => {});
await loadContract();
await loadSession();
// A token that was revoked while the page is open.
whenUnauthorised(() => {
  if (me()) leaveSession();
});
drawShell();
addEventListener("hashchange", openRoute);
await openRoute();

/** Header, navigation and the place where views go. Drawn anew when language or session change. */
function drawShell() {
  outlet = freshOutlet();
  replace(
    document.getElementById("app"),
    h("a", { class: "skip", href: "#main", onclick: skip }, t("skip")),
    h(
      "header",
      { class: "top" },
      h("a", { class: "brand", href: "#/" }, h("img", { src: "icon.svg", alt: "", width: 28, height: 28 }), "Assay"),
      h("nav", { "aria-label": t("nav") }, VIEWS.filter((view) => view.offered()).map((view) => h("a", { href: href([view.name]), data: { view: view.name } }, t(`nav.${view.name}`)))),
      h("div", { class: "top-tools" }, languageButtons(), themeButton(), personButton()),
    ),
    outlet,
  );
}

function freshOutlet() {
  return h("main", { id: "main", tabindex: "-1" });
}

function skip(event) {
  event.preventDefault();
  outlet.focus();
}

function languageButtons() {
  const other = Object.keys(LANGUAGES).find((code) => code !== language());
  return h(
    "button",
    {
      type: "button",
      class: "icon-button text",
      lang: other,
      title: LANGUAGES[other],
      "aria-label": LANGUAGES[other],
      onclick: async () => {
        await chooseLanguage(other);
        drawShell();
        await openRoute();
      },
    },
    other.toUpperCase(),
  );
}

function themeButton() {
  const button = h("button", {
    type: "button",
    class: "icon-button",
    onclick: () => {
      toggleTheme();
      draw();
    },
  });
  function draw() {
    const next = currentTheme() === "dark" ? "light" : "dark";
    button.title = t(`theme.${next}`);
    button.setAttribute("aria-label", t(`theme.${next}`));
    replace(button, icon(next === "dark" ? "moon" : "sun"));
  }
  draw();
  return button;
}

function personButton() {
  if (!needsToken()) return null;
  if (!me()) return h("a", { class: "button quiet", href: href(["signin"]) }, icon("person"), t("signin"));
  return h(
    "button",
    {
      type: "button",
      class: "button quiet",
      title: t("signout"),
      onclick: leaveSession,
    },
    icon("person"),
    me().name ?? t("signout"),
  );
}

async function leaveSession() {
  signOut();
  refreshShell();
  await openRoute();
}

/** Leaves the view before and shows the one of the address. */
async function openRoute() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const route = currentRoute();
  if (needsToken() && !me() && !PUBLIC.has(route.path[0])) {
    go(["signin"], { to: location.hash });
    return;
  }
  const name = route.path[0] ?? VIEWS.find((candidate) => candidate.offered()).name;
  const view = [...VIEWS, SIGN_IN].find((candidate) => candidate.name === name && (candidate.offered() || candidate.reachable?.(route.path)));
  document.title = `${t(`nav.${view?.name ?? "missing"}`)} · Assay`;
  for (const link of document.querySelectorAll("nav a[data-view]")) {
    if (link.dataset.view !== name) {
      link.removeAttribute("aria-current");
    } else {
      link.setAttribute("aria-current", "page");
      // On a narrow screen the row of links scrolls.
      link.scrollIntoView({ block: "nearest", inline: "center" });
    }
  }
  // Each view has its own element: one that was left while it loaded draws into what nobody sees.
  const before = outlet;
  outlet = freshOutlet();
  outlet.className = `view-${view?.name ?? "missing"}`;
  before.replaceWith(outlet);
  if (!view) {
    replace(outlet, h("h1", null, t("nav.missing")), h("p", null, h("a", { href: "#/" }, t("nav.home"))));
    return;
  }
  try {
    const { show } = await view.load();
    if (!signal.aborted) await show(outlet, { path: route.path.slice(1), query: route.query, signal, refreshShell });
  } catch (error) {
    if (error.name === "AbortError" || signal.aborted) return;
    replace(outlet, h("h1", { class: "unseen" }, t(`nav.${view.name}`)), problemNotice(error.status === undefined ? { title: String(error) } : error));
  }
  if (!signal.aborted) focusView();
}

/** For a view that changed the session. */
function refreshShell() {
  forgetFacts();
  drawShell();
}

/** After a change of view, screen readers begin at its content; on the first view the browser begins at the page. */
function focusView() {
  if (!isFirstView && (document.activeElement === document.body || document.activeElement?.closest("nav"))) outlet.focus({ preventScroll: true });
  isFirstView = false;
}
