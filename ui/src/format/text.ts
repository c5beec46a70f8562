/** Ids are shortened in the middle: both ends are what people compare. */
export function middle(id: string, keep = 5): string {
  return id.length <= keep * 2 + 1 ? id : `${id.slice(0, keep)}…${id.slice(-keep)}`;
}

/** `openai.RateLimitError` where there is room for `RateLimitError` only. */
export const className = (qualified: string): string => qualified.split(".").at(-1) || qualified;

/** Markdown and line breaks reduced to one plain line, for previews in lists. */
export function oneLine(text: string): string {
  return text
    .replace(/```[\w-]*\n?/g, "")
    .replace(/^[ \t]*(?:#{1,6}|[-*+]|\d+\.|>)[ \t]+/gm, "")
    .replace(/(\*\*|__|`)(?=\S)(.+?)\1/g, "$2")
    .replace(/\s+/g, " ")
    .trim();
}

const LINE = 64;

/** JSON with indentation, but whatever fits on a line stays on it; text that is JSON is unpacked first. */
export function pretty(value: unknown): string {
  const parsed = typeof value === "string" ? jsonOf(value) : value;
  return parsed === undefined ? String(value) : laidOut(parsed, "");
}

function laidOut(value: unknown, indent: string): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const inner = `${indent}  `;
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((each) => laidOut(each, inner))
    : Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${laidOut(each, inner)}`);
  const [open, close] = isList ? ["[", "]"] : ["{", "}"];
  const flat = items.join(", ");
  if (!flat.includes("\n") && flat.length + indent.length <= LINE)
    return isList ? `[${flat}]` : flat ? `{ ${flat} }` : "{}";
  return `${open}\n${items.map((item) => inner + item).join(",\n")}\n${indent}${close}`;
}

/** The object or array a text holds, or undefined; a bare number or word is not worth unpacking. */
export function jsonOf(text: string): object | undefined {
  const start = text.trimStart()[0];
  if (start !== "{" && start !== "[") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

export type Reading = "markdown" | "json" | "plain";

const MARKDOWN_SIGNS = /^(#{1,6} |[-*+] |\d+\. |> |```|\|.+\|)|\*\*\S|`[^`\n]+`|\]\(/m;

/** How a text wants to be read when nobody has chosen. */
export function readingOf(text: string): Reading {
  if (jsonOf(text)) return "json";
  return MARKDOWN_SIGNS.test(text) ? "markdown" : "plain";
}
