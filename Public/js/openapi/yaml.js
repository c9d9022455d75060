/**
 * Reads the part of YAML that openapi.yaml is written in: block mappings and sequences, flow collections, plain and
 * quoted scalars (plain ones may go on in the next, deeper lines), block scalars (`|` and `>`), comments. No anchors,
 * tags or several documents. What it does not understand is an error with its line.
 */
export function parseYAML(source) {
  const reader = new Reader(source);
  const value = reader.block(-1);
  reader.skipEmpty();
  if (reader.at < reader.lines.length) reader.fail("this line belongs to nothing");
  return value;
}

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'[\]{},&*!|>%@`-][^#]*?|-[^\s#][^#]*?)\s*:(?:\s+(.*)|)$/;

class Reader {
  constructor(source) {
    this.lines = source.replaceAll("\r\n", "\n").split("\n");
    this.at = 0;
  }

  fail(message) {
    throw new SyntaxError(`YAML, line ${this.at + 1}: ${message}`);
  }

  skipEmpty() {
    while (this.at < this.lines.length && /^\s*(#.*)?$/.test(this.lines[this.at])) this.at += 1;
  }

  get indent() {
    return /^ */.exec(this.lines[this.at])[0].length;
  }

  /** The mapping, sequence or scalar that stands deeper than `outer`; null when nothing does. */
  block(outer) {
    this.skipEmpty();
    if (this.at >= this.lines.length || this.indent <= outer) return null;
    const text = this.lines[this.at].slice(this.indent);
    if (/^-(\s|$)/.test(text)) return this.sequence(this.indent);
    if (KEY.test(text)) return this.mapping(this.indent);
    this.at += 1;
    return this.scalar(text, outer);
  }

  mapping(indent) {
    const result = {};
    for (this.skipEmpty(); this.at < this.lines.length && this.indent === indent; this.skipEmpty()) {
      const match = KEY.exec(this.lines[this.at].slice(indent));
      if (!match) this.fail("a key and a colon are expected");
      this.at += 1;
      // Not by assignment: a key named __proto__ would change the object instead of being in it.
      Object.defineProperty(result, plain(match[1], true), { value: this.value(match[2] ?? "", indent), enumerable: true, configurable: true, writable: true });
    }
    return result;
  }

  sequence(indent) {
    const result = [];
    for (this.skipEmpty(); this.at < this.lines.length && this.indent === indent; this.skipEmpty()) {
      const text = this.lines[this.at].slice(indent);
      if (!/^-(\s|$)/.test(text)) break;
      const rest = text.slice(1).trimStart();
      if (/^-\s/.test(rest) || (KEY.test(rest) && !/^["'[{]/.test(rest))) {
        // An entry that is itself a block begins in the dash's own line: read it as if the dash were a blank.
        this.lines[this.at] = " ".repeat(indent + text.length - rest.length) + rest;
        result.push(this.block(indent));
      } else {
        this.at += 1;
        result.push(this.value(rest, indent));
      }
    }
    return result;
  }

  /** What follows a colon or a dash. */
  value(text, indent) {
    if (text === "" || text.startsWith("#")) {
      this.skipEmpty();
      // A sequence may stand as deep as the key that it belongs to.
      const sequence = this.at < this.lines.length && this.indent === indent && /^-(\s|$)/.test(this.lines[this.at].slice(indent));
      return sequence ? this.sequence(indent) : this.block(indent);
    }
    const style = /^([|>])([+-]?)\s*(#.*)?$/.exec(text);
    if (style) return this.literal(style[1], style[2], indent);
    return this.scalar(text, indent);
  }

  literal(style, chomp, outer) {
    const kept = [];
    let indent;
    for (; this.at < this.lines.length; this.at += 1) {
      const line = this.lines[this.at];
      if (line.trim() !== "") {
        indent ??= this.indent;
        if (indent <= outer || this.indent < indent) break;
      }
      kept.push(line.slice(indent ?? line.length));
    }
    while (kept.at(-1) === "") kept.pop();
    const body = style === "|" ? kept.join("\n") : kept.join("\n").replace(/([^\n])\n(?=[^\n])/g, "$1 ").replace(/\n\n/g, "\n");
    return chomp === "-" ? body : `${body}\n`;
  }

  /** A flow collection or scalar, with the deeper lines that it goes on in. */
  scalar(first, outer) {
    let text = first;
    while (!complete(text) || this.continues(text, outer)) {
      if (this.at >= this.lines.length) this.fail("the value does not end");
      text += ` ${this.lines[this.at].trim()}`;
      this.at += 1;
    }
    const flow = new Flow(text, (message) => this.fail(message));
    const value = flow.value(false);
    flow.end();
    return value;
  }

  continues(text, outer) {
    if (/^["'[{]/.test(text) || /\s#/.test(text)) return false;
    return this.at < this.lines.length && this.lines[this.at].trim() !== "" && this.indent > outer && !/^\s*#/.test(this.lines[this.at]);
  }
}

/** Whether every quote and bracket of a flow value is closed. */
function complete(text) {
  if (!/^["'[{]/.test(text)) return true;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"' || (character === "'" && /[\s[{,:]/.test(text[at - 1] ?? " "))) {
      const end = endOfQuoted(text, at);
      if (end < 0) return false;
      at = end;
    } else if ("[{".includes(character)) {
      depth += 1;
    } else if ("]}".includes(character)) {
      depth -= 1;
    }
  }
  return depth <= 0;
}

/** The index of the closing quote, or -1. */
function endOfQuoted(text, start) {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at += 1) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (quote === "'" && text[at] === "'" && text[at + 1] === "'") at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

/** Reads one value written in flow style. */
class Flow {
  constructor(text, fail) {
    this.text = text;
    this.at = 0;
    this.fail = fail;
  }

  skip() {
    while (/\s/.test(this.text[this.at] ?? "")) this.at += 1;
  }

  end() {
    this.skip();
    if (this.at < this.text.length && this.text[this.at] !== "#") this.fail(`"${this.text.slice(this.at)}" is too much`);
  }

  /** `inside` a collection, commas and brackets end a plain scalar. */
  value(inside) {
    this.skip();
    const character = this.text[this.at];
    if (character === "[") return this.list();
    if (character === "{") return this.map();
    if (character === '"' || character === "'") return plain(this.quoted());
    return plain(this.plainText(inside ? /[,\]}]|\s#/ : /\s#/));
  }

  quoted() {
    const end = endOfQuoted(this.text, this.at);
    if (end < 0) this.fail("a quote is not closed");
    const text = this.text.slice(this.at, end + 1);
    this.at = end + 1;
    return text;
  }

  plainText(stop) {
    const rest = this.text.slice(this.at);
    const length = stop.exec(rest)?.index ?? rest.length;
    this.at += length;
    return rest.slice(0, length).trim();
  }

  list() {
    const result = [];
    this.at += 1;
    for (this.skip(); this.text[this.at] !== "]"; this.skip()) {
      if (this.at >= this.text.length) this.fail("a list is not closed");
      result.push(this.value(true));
      this.comma("]");
    }
    this.at += 1;
    return result;
  }

  map() {
    const result = {};
    this.at += 1;
    for (this.skip(); this.text[this.at] !== "}"; this.skip()) {
      if (this.at >= this.text.length) this.fail("a mapping is not closed");
      const key = /["']/.test(this.text[this.at]) ? this.quoted() : this.plainText(/:(\s|$)|[,}]/);
      this.skip();
      let value = null;
      if (this.text[this.at] === ":") {
        this.at += 1;
        value = this.value(true);
      }
      Object.defineProperty(result, plain(key, true), { value, enumerable: true, configurable: true, writable: true });
      this.comma("}");
    }
    this.at += 1;
    return result;
  }

  comma(close) {
    this.skip();
    if (this.text[this.at] === ",") this.at += 1;
    else if (this.text[this.at] !== close) this.fail(`a comma or ${close} is missing`);
  }
}

/** The value of a scalar by the rules of YAML 1.2's core schema; keys stay text. */
function plain(text, key = false) {
  if (text.startsWith('"')) return JSON.parse(text.replaceAll("\t", "\\t"));
  if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  if (key) return text;
  if (text === "" || text === "null" || text === "~") return null;
  if (text === "true" || text === "false") return text === "true";
  return /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : text;
}
