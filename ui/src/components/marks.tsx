import type { Kind, Provenance, Status } from "../api/types";
import { marked, type Quantity } from "../format/number";

/** Digits in the foreground, the unit in grey. */
export function Amount({
  of,
  provenance,
  title,
}: {
  of: Quantity;
  provenance?: Provenance;
  title?: string | undefined;
}) {
  const { value, unit } = provenance ? marked(of, provenance) : of;
  return (
    <span class={value === "—" ? "num none" : "num"} title={title}>
      {value}
      {unit && <span class="unit"> {unit}</span>}
    </span>
  );
}

export function Price({ text }: { text: string }) {
  const kind = text === "—" ? "none" : text.startsWith("~") || text.endsWith("+") ? "guess" : "";
  return <span class={`num ${kind}`}>{text}</span>;
}

const STATUS_SHAPES: Readonly<Record<Status, string>> = {
  ok: "M4 8.5 7 11.5 12 5",
  error: "M5 5l6 6M11 5l-6 6",
  incomplete: "M8 3v6M8 12v.6",
  running: "M8 8h.01",
  unset: "M5 8h6",
};

export const STATUS_WORDS: Readonly<Record<Status, string>> = {
  ok: "ok",
  error: "error",
  incomplete: "incomplete: the stream was not read to its end",
  running: "running",
  unset: "no status given",
};

/** Shape and colour: neither alone carries the meaning. */
export function StatusIcon({ status }: { status: Status }) {
  return (
    <svg
      class={`status s-${status}`}
      viewBox="0 0 16 16"
      width="14"
      height="14"
      role="img"
      aria-label={STATUS_WORDS[status]}
    >
      <title>{STATUS_WORDS[status]}</title>
      {status === "error" && <circle cx="8" cy="8" r="7" class="fill" />}
      <path d={STATUS_SHAPES[status]} />
    </svg>
  );
}

const LETTERS: Readonly<Record<Kind, string>> = {
  llm: "L",
  embedding: "E",
  tool: "T",
  retrieval: "R",
  rerank: "K",
  agent: "A",
  workflow: "W",
  chain: "C",
  plan: "P",
  guardrail: "G",
  task: "S",
  http: "H",
  other: "·",
};

export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  llm: "LLM call",
  embedding: "embedding",
  tool: "tool",
  retrieval: "retrieval",
  rerank: "rerank",
  agent: "agent",
  workflow: "workflow",
  chain: "chain",
  plan: "plan",
  guardrail: "guardrail",
  task: "task",
  http: "HTTP request",
  other: "other",
};

export function KindMark({ kind }: { kind: Kind }) {
  return (
    <span class={`kind k-${kind}`} title={KIND_WORDS[kind]} role="img" aria-label={KIND_WORDS[kind]}>
      {LETTERS[kind]}
    </span>
  );
}
