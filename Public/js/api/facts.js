import { get } from "./client.js";

/** Answers that hardly change while the page is open; each is asked for once. */
const kept = new Map();

function once(path, read) {
  if (!kept.has(path)) {
    const answer = get(path).then(read);
    // A failure is not kept: the next view asks again.
    answer.catch(() => kept.delete(path));
    kept.set(path, answer);
  }
  return kept.get(path);
}

export function languages() {
  return once("/v1/languages", (body) => body.languages);
}

export function backends() {
  return once("/v1/backends", (body) => body.backends);
}

/** The language of a name or alias. */
export function languageNamed(list, name) {
  return list.find((language) => language.name === name || language.aliases.includes(name));
}

/** Forgets everything, after signing in or out. */
export function forgetFacts() {
  kept.clear();
}
