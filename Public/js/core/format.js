import { language } from "../text/text.js";

/** How each language writes numbers and times; the clock has 24 hours in both, as in logs. */
const LOCALES = { en: "en-GB", fr: "fr-FR" };

function locale() {
  return LOCALES[language()];
}

const formats = new Map();

/** Formatters are costly to make, and a list makes thousands of texts. */
function cached(name, make) {
  const key = `${language()} ${name}`;
  if (!formats.has(key)) formats.set(key, make());
  return formats.get(key);
}

/** A count, or points. */
export function count(value, digits = 2) {
  return cached(`number ${digits}`, () => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits })).format(value);
}

/** Seconds with three significant digits and a fitting unit: `13 ms`, `1.25 s`, `3 min 5 s`. */
export function seconds(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return "–";
  if (value === 0) return "0 ms";
  if (value < 0.001) return `${significant(value * 1e6)} µs`;
  if (value < 1) return `${significant(value * 1e3)} ms`;
  if (value < 120) return `${significant(value)} s`;
  if (value < 7200) return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
  return `${Math.floor(value / 3600)} h ${Math.round((value % 3600) / 60)} min`;
}

function significant(value) {
  return cached("significant", () => new Intl.NumberFormat(locale(), { maximumSignificantDigits: 3 })).format(value);
}

/** Bytes in binary units: `9 MiB`. */
export function bytes(value) {
  if (value === undefined || value === null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${significant(rest)} ${units[unit]}`;
}

/** A share between 0 and 1. */
export function percent(value) {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(value);
}

/** Date and time with seconds, in the reader's zone. */
export function moment(timestamp) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(timestamp));
}

/** Only the time of a moment of today, else day and time: for narrow columns. */
export function shortMoment(timestamp) {
  const date = new Date(timestamp);
  const today = date.toDateString() === new Date().toDateString();
  return (today ? clockFormat() : dayFormat()).format(date);
}

/** Hours, minutes and seconds of a number of milliseconds since 1970. */
export function clock(milliseconds) {
  return clockFormat().format(new Date(milliseconds));
}

function clockFormat() {
  return cached("clock", () => new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }));
}

function dayFormat() {
  return cached("day", () => new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }));
}

/** A `Text` of the API as a string. Bytes that are not UTF-8 show as replacement characters. */
export function text(value) {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  const binary = atob(value.base64);
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}
