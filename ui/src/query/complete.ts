import { quote, terms } from "./terms";

/** What is being typed at the caret, and which part of the query a choice replaces. */
export interface Slot {
  readonly kind: "field" | "value";
  readonly field: string | null;
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
}

export interface Choice {
  readonly text: string;
  readonly hint: string;
}

export const FIELDS: readonly Choice[] = [
  { text: "model:", hint: "gpt-4o*" },
  { text: "provider:", hint: "openai" },
  { text: "status:", hint: "error, ok, incomplete, running" },
  { text: "error:", hint: "RateLimitError" },
  { text: "tool:", hint: "name of a tool" },
  { text: "kind:", hint: "llm, tool, agent …" },
  { text: "operation:", hint: "chat, embeddings …" },
  { text: "service:", hint: "service.name" },
  { text: "user:", hint: "user id" },
  { text: "session:", hint: "session id" },
  { text: "env:", hint: "environment" },
  { text: "tag:", hint: "tag" },
  { text: "name:", hint: "name of a span" },
  { text: "cost>", hint: "0.01 (dollars)" },
  { text: "tokens>", hint: "1000" },
  { text: "duration>", hint: "2s" },
  { text: "ttft>", hint: "500ms" },
  { text: "attr.", hint: "any attribute: attr.key:value" },
];

const CLOSED_SETS: Readonly<Record<string, readonly string[]>> = {
  status: ["ok", "error", "incomplete", "running", "unset"],
  kind: [
    "llm",
    "embedding",
    "tool",
    "retrieval",
    "rerank",
    "agent",
    "workflow",
    "chain",
    "plan",
    "guardrail",
    "task",
    "http",
    "other",
  ],
};

export function slotAt(query: string, caret: number): Slot {
  const term = terms(query).find((each) => each.start < caret && caret <= each.end);
  if (!term) return { kind: "field", field: null, prefix: "", from: caret, to: caret };
  if (term.field === null || caret < term.valueStart) {
    const from = term.negated ? term.start + 1 : term.start;
    return { kind: "field", field: null, prefix: query.slice(from, caret), from, to: term.end };
  }
  const typed = query.slice(term.valueStart, caret);
  const from = term.valueStart + typed.lastIndexOf("|") + 1;
  return { kind: "value", field: term.field, prefix: query.slice(from, caret).replaceAll('"', ""), from, to: term.end };
}

/** The choices we know without asking: names of fields and closed sets of values. */
export function localChoices(slot: Slot): Choice[] {
  const prefix = slot.prefix.toLowerCase();
  if (slot.kind === "field") return FIELDS.filter((field) => field.text.startsWith(prefix));
  const values = CLOSED_SETS[slot.field ?? ""] ?? [];
  return values.filter((value) => value.startsWith(prefix)).map((text) => ({ text, hint: "" }));
}

/** Whether the server may know values for this slot. */
export const askServer = (slot: Slot): boolean =>
  slot.kind === "value" && slot.field !== null && !(slot.field in CLOSED_SETS);

/** The query with the choice taken, and where the caret goes. */
export function take(query: string, slot: Slot, choice: string): { query: string; caret: number } {
  const text = slot.kind === "value" ? `${quote(choice)} ` : choice;
  const rest = query.slice(slot.to);
  return { query: query.slice(0, slot.from) + text + rest.trimStart(), caret: slot.from + text.length };
}
