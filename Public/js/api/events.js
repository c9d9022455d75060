import { address, authorisation, Problem } from "./client.js";

/**
 * Server-sent events over `fetch`: the browser's own EventSource cannot send a token.
 * Yields `{ event, data }` with `data` as a string, until the stream ends.
 */
export async function* events(path, signal) {
  const response = await fetch(address(path), {
    headers: { Accept: "text/event-stream", ...authorisation() },
    signal,
    cache: "no-store",
  });
  if (!response.ok) throw new Problem(response.status, {});
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield* parser.take(value);
  }
}

/** Cuts a stream of text into events, wherever the pieces were cut on their way. */
export class EventParser {
  #rest = "";
  #event = "";
  #data = [];

  /** The events that are complete with this piece. */
  *take(piece) {
    const lines = (this.#rest + piece).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0) yield { event: this.#event || "message", data: this.#data.join("\n") };
        this.#event = "";
        this.#data = [];
      } else {
        this.#field(line);
      }
    }
  }

  #field(line) {
    const colon = line.indexOf(":");
    if (colon === 0) return; // A comment, which keeps the connection alive.
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#event = value;
    if (name === "data") this.#data.push(value);
  }
}
