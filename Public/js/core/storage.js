/** Web storage that may be forbidden or full: then what is kept lasts as long as the page. */
function keeper(area) {
  const spare = new Map();
  return {
    get(key) {
      try {
        return area().getItem(`assay.${key}`) ?? spare.get(key) ?? null;
      } catch {
        return spare.get(key) ?? null;
      }
    },
    set(key, value) {
      spare.set(key, value);
      try {
        area().setItem(`assay.${key}`, value);
      } catch {
        // Kept in `spare`.
      }
    },
    remove(key) {
      spare.delete(key);
      try {
        area().removeItem(`assay.${key}`);
      } catch {
        // It was never there.
      }
    },
  };
}

/** What one tab keeps until it is closed: the token and the program being written. */
export const tab = keeper(() => sessionStorage);

/** What the browser keeps: theme and language. */
export const browser = keeper(() => localStorage);
