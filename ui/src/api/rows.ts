import type { Cost, SpanLine, SpanRow, Usage } from "./types";

const COUNTS = { input: null, output: null, cache_read: null, cache_write: null, reasoning: null } as const;
const UNUSED: Usage = { ...COUNTS, provenance: "unknown", estimated: [] };
const FREE: Cost = { ...COUNTS, total: null, currency: "USD", provenance: "unknown", source: null, formula: null };

const SILENT = {
  parent_id: null,
  operation: null,
  provider: null,
  model: null,
  status_message: null,
  error_type: null,
  duration_ms: null,
  ttft_ms: null,
  tool_name: null,
  agent_name: null,
  service: null,
  preview_in: null,
  preview_out: null,
  counted: true,
  placeholder: false,
} as const;

/** The row with everything the server left out because it is unknown. */
export const row = (line: SpanLine): SpanRow => ({
  ...SILENT,
  ...line,
  attempts: line.attempts ?? [],
  usage: line.usage ? { ...UNUSED, ...line.usage } : UNUSED,
  cost: line.cost ? { ...FREE, ...line.cost } : FREE,
});
