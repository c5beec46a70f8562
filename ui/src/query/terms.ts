/** The filter language, read for editing and completion only: the server alone decides what matches. */

export type Comparison = ":" | ">" | "<" | ">=" | "<=";

export interface Term {
  readonly start: number;
  readonly end: number;
  readonly negated: boolean;
  /** Null for a bare word or a quoted phrase. */
  readonly field: string | null;
  readonly comparison: Comparison | null;
  /** Unquoted. */
  readonly value: string;
  /** Where the value, with its quotes, begins. */
  readonly valueStart: number;
  /** False while a quote is still open. */
  readonly closed: boolean;
}

const FIELD = /^([A-Za-z_][\w.-]*)(:|>=|<=|>|<)/;

/** Split on blanks outside quotes. */
export function terms(query: string): Term[] {
  const found: Term[] = [];
  let at = 0;
  while (at < query.length) {
    if (/\s/.test(query[at]!)) {
      at++;
      continue;
    }
    const end = endOfTerm(query, at);
    found.push(readTerm(query, at, end));
    at = end;
  }
  return found;
}

function endOfTerm(query: string, start: number): number {
  let quoted = false;
  let at = start;
  for (; at < query.length; at++) {
    const char = query[at]!;
    if (char === "\\" && quoted) at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && /\s/.test(char)) break;
  }
  return Math.min(at, query.length);
}

function readTerm(query: string, start: number, end: number): Term {
  const negated = query[start] === "-" && end - start > 1;
  const bodyStart = negated ? start + 1 : start;
  const body = query.slice(bodyStart, end);
  const match = FIELD.exec(body);
  const valueStart = bodyStart + (match ? match[0].length : 0);
  const raw = query.slice(valueStart, end);
  return {
    start,
    end,
    negated,
    field: match?.[1] ?? null,
    comparison: (match?.[2] as Comparison | undefined) ?? null,
    value: unquote(raw),
    valueStart,
    closed: quotes(raw) % 2 === 0,
  };
}

const quotes = (raw: string): number => raw.replace(/\\./g, "").split('"').length - 1;

function unquote(raw: string): string {
  let text = "";
  for (let at = 0; at < raw.length; at++) {
    if (raw[at] === "\\" && at + 1 < raw.length) text += raw[++at];
    else if (raw[at] !== '"') text += raw[at];
  }
  return text;
}

/** Quoted only when it must be: blanks, quotes, or characters the language gives a meaning. */
export function quote(value: string): string {
  return value === "" || /[\s"\\|*()]/.test(value) || /^-/.test(value)
    ? `"${value.replace(/["\\]/g, (char) => `\\${char}`)}"`
    : value;
}
