import { expect, test } from "vitest";
import { row } from "../src/api/rows";
import { span } from "./build";

test("what a line leaves out is unknown", () => {
  const line = { span_id: "a", name: "a", kind: "chain", status: "ok", started_ms: 0, duration_ms: 1 } as const;
  expect(row(line)).toEqual(span("a"));
});

test("what a line says stands", () => {
  const filled = row({
    span_id: "a",
    name: "a",
    kind: "llm",
    status: "error",
    started_ms: 0,
    usage: { provenance: "reported", input: 7 },
    cost: { provenance: "partial", total: 0.5 },
    attempts: [{ at_ms: 1, status: 429, wait_ms: null }],
    counted: false,
  });
  expect(filled.usage).toEqual({ ...span("a").usage, provenance: "reported", input: 7 });
  expect(filled.cost).toEqual({ ...span("a").cost, provenance: "partial", total: 0.5 });
  expect([filled.counted, filled.duration_ms, filled.attempts.length]).toEqual([false, null, 1]);
});
