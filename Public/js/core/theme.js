import { browser } from "./storage.js";

const ROOT = document.documentElement;

/** `light`, `dark`, or what the system prefers. */
export function currentTheme() {
  if (ROOT.dataset.theme) return ROOT.dataset.theme;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Changes to the other theme and remembers it. */
export function toggleTheme() {
  const theme = currentTheme() === "dark" ? "light" : "dark";
  ROOT.dataset.theme = theme;
  browser.set("theme", theme);
}
