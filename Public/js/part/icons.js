import { s } from "../core/dom.js";

/** Line icons on a grid of 24; the paths are our own. */
const PATHS = {
  run: "M7 4.5v15l12-7.5z",
  link: "M9.5 14.5l5-5M10.5 6.5l2-2a4.2 4.2 0 0 1 6 6l-2 2M13.5 17.5l-2 2a4.2 4.2 0 0 1-6-6l2-2",
  terminal: "M4 5h16v14H4zM7.5 9.5l3 2.5-3 2.5M12.5 15h4",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4",
  moon: "M20 14.2A8.3 8.3 0 0 1 9.8 4a8.3 8.3 0 1 0 10.2 10.2z",
  check: "M5 12.5l4.5 4.5L19 7.5",
  cross: "M7 7l10 10M17 7L7 17",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zM12 8v4.5l3 2",
  alert: "M12 4l9 16H3zM12 10v4.5M12 17.2v.3",
  memory: "M7 7h10v10H7zM10 3v4M14 3v4M10 17v4M14 17v4M3 10h4M3 14h4M17 10h4M17 14h4",
  output: "M5 4h14v16H5zM8 9h8M8 13h8M8 17h4",
  skip: "M5 6l7 6-7 6zM13 6l7 6-7 6z",
  upload: "M12 16V5M7 9.5L12 4.5l5 5M5 19.5h14",
  download: "M12 4.5v11M7 11l5 5 5-5M5 19.5h14",
  again: "M19 12a7 7 0 1 1-2.2-5.1M19.5 4v4h-4",
  stop: "M6 6h12v12H6z",
  rename: "M5 19h3.5L19 8.5 15.5 5 5 15.5zM13 7.5l3.5 3.5",
  person: "M12 4.5a3.8 3.8 0 1 0 0 7.6 3.8 3.8 0 0 0 0-7.6zM4.5 20a7.5 7.5 0 0 1 15 0",
};

const FILLED = new Set(["run", "stop", "skip"]);

/** An icon that says nothing by itself: the button or badge around it carries the words. */
export function icon(name) {
  return s(
    "svg",
    { class: ["icon", FILLED.has(name) && "filled"], viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    s("path", { d: PATHS[name] }),
  );
}
