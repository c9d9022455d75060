import { tab } from "../core/storage.js";
import { get } from "./client.js";
import { offers } from "./contract.js";

/**
 * Who uses the page. The token is kept for the tab only. Roles decide what is shown; the server decides what is
 * allowed, whatever this page thinks.
 */

/** The roles that may do each thing; a service without tokens lets everybody do everything. */
const PERMISSIONS = {
  look: ["submit", "exam", "read", "teacher", "admin"],
  submit: ["submit", "exam", "teacher", "admin"],
  cancel: ["submit", "exam", "teacher", "admin"],
  list: ["read", "teacher", "admin"],
  rejudge: ["teacher", "admin"],
  "manage-tasks": ["teacher", "admin"],
  monitor: ["metrics", "admin"],
};

let person;
let open = true;

/** Asks the service who we are. An open service takes everybody, without a token, for its administrator. */
export async function loadSession() {
  person = undefined;
  open = true;
  if (!offers("GET", "/v1/me")) return;
  try {
    person = await get("/v1/me");
    open = !tab.get("token");
  } catch (problem) {
    open = problem.status === 404;
  }
}

/** Whether the service asks for tokens at all. */
export function needsToken() {
  return !open;
}

/** `{ name, roles }`, or undefined when nobody is signed in. */
export function me() {
  return person;
}

/** Whether to offer an action. */
export function may(action) {
  if (open) return true;
  return (person?.roles ?? []).some((role) => PERMISSIONS[action].includes(role));
}

/** Tries a token and keeps it if the service knows it; otherwise throws its problem. */
export async function signIn(token) {
  tab.set("token", token);
  try {
    person = await get("/v1/me");
    open = false;
  } catch (problem) {
    tab.remove("token");
    throw problem;
  }
}

/** Forgets the token. */
export function signOut() {
  tab.remove("token");
  person = undefined;
}
