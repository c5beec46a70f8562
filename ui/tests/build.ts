import type { Message, Part, SpanRow } from "../src/api/types";

/** A span that says nothing but what the test gives it. */
export function span(id: string, given: Partial<SpanRow> = {}): SpanRow {
  return {
    span_id: id,
    parent_id: null,
    name: id,
    kind: "chain",
    operation: null,
    provider: null,
    model: null,
    status: "ok",
    status_message: null,
    error_type: null,
    started_ms: 0,
    duration_ms: 1,
    ttft_ms: null,
    attempts: [],
    usage: {
      input: null,
      output: null,
      cache_read: null,
      cache_write: null,
      reasoning: null,
      provenance: "unknown",
      estimated: [],
    },
    cost: {
      total: null,
      input: null,
      output: null,
      cache_read: null,
      cache_write: null,
      reasoning: null,
      currency: "USD",
      provenance: "unknown",
      source: null,
      formula: null,
    },
    tool_name: null,
    agent_name: null,
    service: null,
    preview_in: null,
    preview_out: null,
    counted: true,
    placeholder: false,
    ...given,
  };
}

export const message = (role: string, ...parts: Part[]): Message => ({ role, name: null, finish_reason: null, parts });
export const text = (content: string): Part => ({ type: "text", content });
export const call = (id: string, name = "lookup"): Part => ({ type: "tool_call", id, name, arguments: { q: 1 } });
export const result = (id: string): Part => ({ type: "tool_call_response", id, response: "done" });
