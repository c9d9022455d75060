// Runs before the first paint, so that a chosen theme or language never flashes the other one. A classic script,
// because modules wait for the document.
(() => {
  try {
    const theme = localStorage.getItem("assay.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    const chosen = localStorage.getItem("assay.language");
    const spoken = chosen ?? (navigator.languages ?? []).map((tag) => tag.slice(0, 2)).find((tag) => tag === "en" || tag === "fr");
    document.documentElement.lang = spoken === "fr" ? "fr" : "en";
  } catch {
    // Storage may be forbidden; the defaults then stand.
  }
})();
