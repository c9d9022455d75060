import { english } from "./en.js";
import { browser } from "../core/storage.js";

/** Languages of the page, by code, in their own words. */
export const LANGUAGES = { en: "English", fr: "Français" };

let table = english;
let rules = new Intl.PluralRules("en");

/** The code of the language shown. */
export function language() {
  return document.documentElement.lang;
}

/** Loads the table of the language that the document carries. English is always there, French only when it is read. */
export async function loadTexts() {
  table = language() === "fr" ? (await import("./fr.js")).french : english;
  rules = new Intl.PluralRules(language());
}

/** Chooses a language and remembers it; the caller draws the page anew. */
export async function chooseLanguage(code) {
  document.documentElement.lang = code;
  browser.set("language", code);
  await loadTexts();
}

/**
 * The text of a key, with `{name}` replaced by values. A text may have two forms, `{ one, other }`, chosen by the value
 * `n`. A key that is missing shows as itself, which the tests look for.
 */
export function t(key, values = {}) {
  let form = table[key] ?? key;
  if (typeof form === "object") form = form[rules.select(values.n)] ?? form.other;
  return form.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The text of a key that may be unknown (a verdict of a newer server), or `fallback`. */
export function maybe(key, fallback) {
  return key in table ? t(key) : fallback;
}
