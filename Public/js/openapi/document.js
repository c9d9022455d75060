import { parseYAML } from "./yaml.js";

const METHODS = new Set(["get", "put", "post", "delete", "patch"]);

/** An OpenAPI document, with its references followed. */
export class APIDocument {
  constructor(source) {
    this.root = parseYAML(source);
  }

  /** The object that a reference stands for; siblings of `$ref` win over what is referred to. */
  resolve(node) {
    if (!node?.$ref) return node;
    let target = this.root;
    for (const part of node.$ref.replace(/^#\//, "").split("/")) {
      target = target?.[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")];
    }
    const { $ref, ...siblings } = node;
    return { ...this.resolve(target), ...siblings };
  }

  /** Operations by tag, in the document's order: `[{ tag, description, operations }]`. */
  groups() {
    const tags = new Map((this.root.tags ?? []).map((tag) => [tag.name, { tag: tag.name, description: tag.description, operations: [] }]));
    for (const [path, item] of Object.entries(this.root.paths)) {
      for (const method of Object.keys(item).filter((name) => METHODS.has(name))) {
        const operation = this.#operation(path, method, item);
        const tag = operation.tags?.[0] ?? "";
        if (!tags.has(tag)) tags.set(tag, { tag, operations: [] });
        tags.get(tag).operations.push(operation);
      }
    }
    return [...tags.values()].filter((group) => group.operations.length > 0);
  }

  #operation(path, method, item) {
    const operation = item[method];
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) => this.resolve(parameter));
    return { ...operation, path, method: method.toUpperCase(), parameters, requestBody: this.resolve(operation.requestBody) };
  }

  /** Examples of a media type: `[{ name, summary, value }]`. */
  examples(media) {
    return Object.entries(media?.examples ?? {}).map(([name, example]) => ({ name, ...this.resolve(example) }));
  }

  /** A schema's type in few words: `array of string`, `string (date-time)`, `SubmissionID`. */
  typeOf(schema) {
    const name = schema?.$ref?.split("/").at(-1);
    const whole = this.resolve(schema) ?? {};
    if (whole.oneOf) return whole.oneOf.map((part) => this.typeOf(part)).join(" | ");
    if (whole.type === "array") return `${this.typeOf(whole.items)}[]`;
    if (name && whole.type === "object") return name;
    return [whole.type, whole.format].filter(Boolean).join(" · ") || name || "any";
  }
}
