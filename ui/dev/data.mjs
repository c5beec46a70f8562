// Deterministic traces for developing the dashboard without a server. Never part of the bundle.
import { ANSWERS, MARKDOWN, PIXEL, QUESTIONS, REASONING, STACK, SYSTEM } from "./texts.mjs";

function random(seed) {
  let state = (seed + 1) * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const hex = (rand, digits) => Array.from({ length: digits }, () => Math.floor(rand() * 16).toString(16)).join("");
const PRICES = {
  "gpt-4o": [2.5, 10],
  "gpt-4o-mini": [0.15, 0.6],
  "claude-sonnet-4-5": [3, 15],
  "claude-haiku-4-5": [1, 5],
  "text-embedding-3-small": [0.02, 0],
};
const PROVIDER = {
  "gpt-4o": "openai",
  "gpt-4o-mini": "openai",
  "claude-sonnet-4-5": "anthropic",
  "claude-haiku-4-5": "anthropic",
  "qwen3-32b": "ollama",
  "text-embedding-3-small": "openai",
};
export const TOOLS = [
  {
    name: "lookup_order",
    type: "function",
    description: "State of an order by its number.",
    parameters: {
      type: "object",
      properties: { order: { type: "string", description: "Order number, digits only" }, verbose: { type: "boolean" } },
      required: ["order"],
    },
  },
  {
    name: "search_kb",
    type: "function",
    description: "Full text search in the knowledge base.",
    parameters: {
      type: "object",
      properties: { query: { type: "string" }, limit: { type: "integer", default: 5 } },
      required: ["query"],
    },
  },
  {
    name: "carrier_eta",
    type: "function",
    description: null,
    parameters: { type: "object", properties: { parcel: { type: "string" } } },
  },
];

const NO_USAGE = {
  input: null,
  output: null,
  cache_read: null,
  cache_write: null,
  reasoning: null,
  provenance: "unknown",
  estimated: [],
};
const NO_COST = {
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
};
const text = (content) => ({ type: "text", content });
const message = (role, ...parts) => ({ role, name: null, finish_reason: null, parts });

function priced(model, usage) {
  const price = PRICES[model];
  if (!price) return { ...NO_COST };
  const fresh = (usage.input ?? 0) - (usage.cache_read ?? 0);
  const input = (fresh * price[0]) / 1e6;
  const cacheRead = usage.cache_read ? (usage.cache_read * price[0] * 0.1) / 1e6 : null;
  const output = ((usage.output ?? 0) * price[1]) / 1e6;
  return {
    total: input + output + (cacheRead ?? 0),
    input,
    output,
    cache_read: cacheRead,
    cache_write: null,
    reasoning: null,
    currency: "USD",
    provenance: usage.provenance === "estimated" ? "estimated" : "reported",
    source: "genai-prices 2026-10-30",
    formula: `${fresh.toLocaleString("en")} × $${price[0]}/M${cacheRead ? ` + ${usage.cache_read} × $${(price[0] * 0.1).toFixed(2)}/M` : ""} + ${usage.output} × $${price[1]}/M`,
  };
}

class Builder {
  constructor(seed, started) {
    this.rand = random(seed);
    this.traceId = hex(this.rand, 32);
    this.at = started;
    this.spans = [];
    this.history = [];
  }
  pick(list) {
    return list[Math.floor(this.rand() * list.length)];
  }
  span(parent, name, kind, extra = {}) {
    const span = {
      span_id: hex(this.rand, 16),
      parent_id: parent?.span_id ?? null,
      name,
      kind,
      operation: null,
      provider: null,
      model: null,
      status: "ok",
      status_message: null,
      error_type: null,
      started_ms: this.at,
      duration_ms: null,
      ttft_ms: null,
      attempts: [],
      usage: { ...NO_USAGE },
      cost: { ...NO_COST },
      tool_name: null,
      agent_name: null,
      service: "support-bot",
      preview_in: null,
      preview_out: null,
      counted: true,
      placeholder: false,
      system: [],
      input: [],
      output: [],
      tools: [],
      params: {},
      response_id: null,
      response_model: null,
      finish_reasons: [],
      service_tier: null,
      user_id: null,
      session_id: null,
      tags: [],
      metadata: {},
      server_address: null,
      input_value: null,
      output_value: null,
      new_from: 0,
      timing: {
        ttft_ms: null,
        first_content_ms: null,
        chunks: null,
        tokens_per_s: null,
        streamed: false,
        attempts: [],
      },
      events: [],
      exception: null,
      http_status: null,
      request_id: null,
      links: [],
      resource: {
        "service.name": "support-bot",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.44.0",
        "process.runtime.version": "3.11.9",
      },
      scope: { name: "limelight", version: "0.1.0" },
      dialect: "genai",
      truncated: false,
      attributes: {},
      ...extra,
    };
    this.spans.push(span);
    return span;
  }
  end(span, ms) {
    if (ms !== undefined) this.at += ms;
    span.duration_ms = this.at - span.started_ms;
    return span;
  }
  chat(parent, model, user, answer, opt = {}) {
    const { rand } = this;
    const fresh = user ? [message("user", ...user)] : [];
    const newFrom = this.history.length;
    const input = [...this.history, ...fresh, ...(opt.extra ?? [])];
    const inTok = 280 + input.length * 190 + Math.floor(rand() * 300);
    const cached = opt.cached ? Math.floor(inTok * 0.7) : null;
    const usage = {
      input: inTok,
      output: 30 + Math.floor(rand() * 420),
      cache_read: cached,
      cache_write: opt.cached ? 0 : null,
      reasoning: opt.reasoning ? 96 : null,
      provenance: opt.estimated ? "estimated" : "reported",
      estimated: opt.estimated ? ["input", "output"] : [],
    };
    const streamed = opt.streamed ?? rand() < 0.5;
    const span = this.span(parent, `chat ${model}`, "llm", { operation: "chat", provider: PROVIDER[model], model });
    this.at += 400 + rand() * 2600;
    this.end(span);
    const out = {
      role: "assistant",
      name: null,
      finish_reason: opt.toolCalls ? "tool_calls" : "stop",
      parts: [
        ...(opt.reasoning ? [{ type: "reasoning", content: REASONING }] : []),
        ...(answer ? [text(answer)] : []),
        ...(opt.toolCalls ?? []),
      ],
    };
    Object.assign(span, {
      usage,
      cost: priced(model, usage),
      ttft_ms: streamed ? 180 + rand() * 300 : null,
      system: [text(SYSTEM)],
      input,
      output: [out],
      tools: opt.tools ? TOOLS : [],
      new_from: newFrom,
      params: {
        temperature: 0.2,
        max_tokens: 1024,
        ...(streamed ? { stream: true } : {}),
        ...(opt.tools ? { tool_choice: "auto" } : {}),
      },
      response_id: `chatcmpl-${hex(rand, 12)}`,
      response_model: `${model}-2026-08-06`,
      finish_reasons: [out.finish_reason],
      request_id: `req_${hex(rand, 16)}`,
      http_status: 200,
      server_address:
        PROVIDER[model] === "anthropic"
          ? "api.anthropic.com"
          : PROVIDER[model] === "ollama"
            ? "localhost"
            : "api.openai.com",
      preview_in: (fresh[0]?.parts ?? []).find((p) => p.type === "text")?.content ?? null,
      preview_out: answer || null,
      counted: opt.counted ?? true,
    });
    span.timing = {
      ttft_ms: span.ttft_ms,
      first_content_ms: span.ttft_ms && span.ttft_ms + 12,
      chunks: streamed ? usage.output : null,
      tokens_per_s: streamed ? (usage.output / (span.duration_ms - span.ttft_ms)) * 1000 : null,
      streamed,
      attempts: [],
    };
    span.attributes = {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": span.provider,
      "gen_ai.request.model": model,
      "gen_ai.response.model": span.response_model,
      "gen_ai.usage.input_tokens": usage.input,
      "gen_ai.usage.output_tokens": usage.output,
      "gen_ai.request.temperature": 0.2,
      "gen_ai.response.finish_reasons": span.finish_reasons,
      "server.address": span.server_address,
      "gen_ai.input.messages": JSON.stringify(input),
      "gen_ai.output.messages": JSON.stringify([out]),
    };
    this.history = [...input, { ...out, finish_reason: null }];
    return span;
  }
  fail(span, type, msg, status = "error") {
    Object.assign(span, {
      status,
      error_type: type,
      status_message: msg,
      output: [],
      preview_out: null,
      http_status: type === "RateLimitError" ? 429 : 500,
      exception: { type: `openai.${type}`, message: msg, stacktrace: STACK },
    });
    span.usage = { ...NO_USAGE };
    span.cost = { ...NO_COST };
    span.events = [
      {
        name: "exception",
        at_ms: span.started_ms + span.duration_ms,
        attributes: { "exception.type": `openai.${type}`, "exception.message": msg },
      },
    ];
    return span;
  }
  tool(parent, name, args, result, id, error) {
    const span = this.span(parent, `execute_tool ${name}`, "tool", {
      operation: "execute_tool",
      tool_name: name,
      input_value: args,
      output_value: error ? null : result,
    });
    this.at += 20 + this.rand() * 700;
    this.end(span);
    span.attributes = { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.call.id": id };
    if (error) this.fail(span, "ToolError", error);
    return span;
  }
}

function agentLoop(b, rounds, opt = {}) {
  const root = b.span(null, opt.name ?? "invoke_agent support", "agent", {
    operation: "invoke_agent",
    agent_name: "support",
  });
  const model = opt.model ?? b.pick(["gpt-4o", "claude-sonnet-4-5", "gpt-4o-mini"]);
  let extra = [];
  let user = [text(opt.question ?? b.pick(QUESTIONS))];
  for (let round = 0; round < rounds; round++) {
    const id = `call_${hex(b.rand, 8)}`;
    const tool = b.pick(TOOLS);
    const args =
      tool.name === "search_kb" ? { query: "late parcel compensation", limit: 5 } : { order: String(48000 + round) };
    b.at += 4;
    b.chat(root, model, user, round === 0 ? "I will look that up." : "", {
      tools: true,
      extra,
      cached: round > 0,
      reasoning: model.startsWith("claude"),
      toolCalls: [{ type: "tool_call", name: tool.name, arguments: args, id }],
    });
    const failing = opt.failTool === round;
    const result = {
      order: "48213",
      state: "in_transit",
      carrier: "Brisk Freight",
      eta: "2026-11-22",
      stops: ["Halden", "Mora", "Tarn"],
    };
    b.at += 6;
    b.tool(root, tool.name, args, result, id, failing ? "Timeout: the carrier did not answer within 5 s" : null);
    extra = [
      message("tool", {
        type: "tool_call_response",
        response: failing ? "Timeout: the carrier did not answer within 5 s" : result,
        id,
      }),
    ];
    user = null;
  }
  b.at += 3;
  const last = b.chat(root, model, user, opt.answer ?? b.pick(ANSWERS), {
    tools: true,
    extra,
    streamed: true,
    cached: rounds > 0,
  });
  if (opt.failLast) {
    last.attempts = attempts(last.started_ms);
    last.timing.attempts = last.attempts;
    b.fail(last, "RateLimitError", "Error code: 429 - Rate limit reached for gpt-4o: limit 30,000 tokens per minute");
    Object.assign(root, { status: "error" });
  }
  b.end(root, 4);
  root.input_value = { question: opt.question ?? QUESTIONS[0] };
  root.output_value = last.preview_out;
}
const attempts = (at) => [
  { at_ms: at + 120, status: 429, wait_ms: 500 },
  { at_ms: at + 760, status: 429, wait_ms: 1000 },
  { at_ms: at + 1900, status: 429, wait_ms: null },
];

function rag(b) {
  const root = b.span(null, "answer_from_documents", "workflow");
  const emb = b.span(root, "embeddings text-embedding-3-small", "embedding", {
    operation: "embeddings",
    provider: "openai",
    model: "text-embedding-3-small",
  });
  emb.usage = { ...NO_USAGE, input: 14, provenance: "reported" };
  emb.cost = priced(emb.model, { ...emb.usage, output: 0 });
  b.end(emb, 90);
  const ret = b.span(root, "vector search", "retrieval", {
    input_value: "early termination",
    output_value: [
      { id: "c-14.2", score: 0.91 },
      { id: "c-3.1", score: 0.66 },
    ],
  });
  b.end(b.span(ret, "GET http://qdrant:6333", "http"), 31);
  b.end(ret, 2);
  b.end(b.span(root, "rerank", "rerank", { model: "rerank-v4", provider: "cohere" }), 140);
  b.end(b.span(root, "check policy", "guardrail"), 12);
  b.chat(root, "gpt-4o-mini", [text(QUESTIONS[8])], ANSWERS[2], { estimated: true, streamed: true });
  b.end(root, 5);
}

function huge(b) {
  const root = b.span(null, "nightly_review", "workflow");
  for (let n = 0; n < 100; n++) {
    const batch = b.span(root, "review_batch", "chain");
    for (let k = 0; k < 12; k++) {
      b.history = [];
      const agent = b.span(batch, "invoke_agent reviewer", "agent", { agent_name: "reviewer" });
      const call = b.chat(agent, "gpt-4o-mini", [text(QUESTIONS[k % 10])], ANSWERS[k % 5], {});
      if (n === 61 && k === 5) b.fail(call, "BadRequestError", "Error code: 400 - context_length_exceeded");
      b.tool(agent, "search_kb", { query: `batch ${n}` }, { hits: k }, `call_${n}_${k}`);
      if (k % 11 === 0) b.tool(agent, "lookup_order", { order: `${n}` }, { ok: true }, `call_x${n}_${k}`);
      b.end(agent, 2);
    }
    b.history = [];
    for (let k = 0; k < 11; k++) b.end(b.span(batch, "GET http://docs.internal/item", "http"), 5);
    b.end(batch, 2);
  }
  b.end(root, 2);
}

const SCENES = [
  (b) => {
    const m = b.pick(["gpt-4o-mini", "gpt-4o", "claude-haiku-4-5"]);
    b.chat(null, m, [text(b.pick(QUESTIONS))], b.pick(ANSWERS));
  },
  (b) => agentLoop(b, 2 + Math.floor(b.rand() * 3)),
  rag,
  (b) => b.chat(null, "qwen3-32b", [text(b.pick(QUESTIONS))], b.pick(ANSWERS)),
  (b) => agentLoop(b, 3, { failTool: 1 }),
  (b) =>
    b.chat(
      null,
      "gpt-4o",
      [
        text(QUESTIONS[7]),
        { type: "blob", modality: "image", mime_type: "image/png", content: PIXEL, size: 128 },
        { type: "uri", modality: "image", uri: "https://example.test/invoice.png", mime_type: "image/png" },
      ],
      "It is payable: amount and date agree, the tax number is valid.",
    ),
  (b) => agentLoop(b, 1, { failLast: true, model: "gpt-4o" }),
  (b) =>
    b.chat(null, "claude-sonnet-4-5", [text(QUESTIONS[1])], MARKDOWN, {
      reasoning: true,
      streamed: true,
      cached: true,
    }),
  (b) => {
    const s = b.chat(null, "gpt-4o", [text(b.pick(QUESTIONS))], "The three cheapest offers are", { streamed: true });
    s.status = "incomplete";
    s.finish_reasons = [];
    s.usage.provenance = "estimated";
    s.cost.provenance = "estimated";
  },
  (b) => {
    const root = b.span(null, "compare_models", "workflow");
    b.chat(root, "gpt-4o", [text(QUESTIONS[2])], ANSWERS[1]);
    b.history = [];
    b.chat(root, "qwen3-32b", [text(QUESTIONS[2])], ANSWERS[1], { streamed: false });
    b.end(root, 3);
  },
];

export function build(seed, started, scene) {
  const b = new Builder(seed, started);
  if (scene === "huge") huge(b);
  else if (scene === "long")
    agentLoop(b, 14, { name: "invoke_agent researcher", model: "claude-sonnet-4-5", answer: MARKDOWN });
  else SCENES[scene](b);
  return { trace_id: b.traceId, spans: b.spans };
}

export function row({ trace_id, spans }, seed) {
  const root = spans[0];
  const llm = spans.filter((s) => s.kind === "llm" || s.kind === "embedding");
  const sum = (get) => {
    const known = llm.map(get).filter((v) => v !== null);
    return known.length ? known.reduce((a, b) => a + b, 0) : null;
  };
  const bad = spans.find((s) => s.status === "error" && s.error_type);
  const prices = llm.map((s) => s.cost.total);
  const kinds = {};
  for (const s of spans) kinds[s.kind] = (kinds[s.kind] ?? 0) + 1;
  const first = llm.find((s) => s.preview_in),
    last = llm.findLast((s) => s.preview_out);
  const anyEstimate = llm.some((s) => s.usage.provenance === "estimated");
  return {
    trace_id,
    name: root.name,
    status: root.status === "ok" && bad && !root.duration_ms ? "error" : root.status,
    started_ms: root.started_ms,
    duration_ms: root.duration_ms,
    input: first?.preview_in ?? null,
    output: last?.preview_out?.slice(0, 300) ?? null,
    input_span_id: first?.span_id ?? null,
    models: [...new Set(llm.map((s) => s.model))],
    providers: [...new Set(llm.map((s) => s.provider))],
    services: ["support-bot"],
    kinds,
    span_count: spans.length,
    error_count: spans.filter((s) => s.status === "error").length,
    usage: {
      input: sum((s) => s.usage.input),
      output: sum((s) => s.usage.output),
      cache_read: sum((s) => s.usage.cache_read),
      cache_write: sum((s) => s.usage.cache_write),
      reasoning: sum((s) => s.usage.reasoning),
      estimated: anyEstimate ? ["input", "output"] : [],
      provenance: anyEstimate ? "estimated" : llm.some((s) => s.usage.input !== null) ? "reported" : "unknown",
    },
    cost: {
      total: sum((s) => s.cost.total),
      provenance: prices.every((p) => p === null)
        ? "unknown"
        : prices.some((p) => p === null)
          ? "partial"
          : anyEstimate
            ? "estimated"
            : "reported",
    },
    ttft_ms: llm.find((s) => s.ttft_ms)?.ttft_ms ?? null,
    session_id: seed % 3 === 0 ? `sess-${seed % 40}` : null,
    user_id: seed % 4 === 0 ? `user-${seed % 17}` : null,
    tags: seed % 5 === 0 ? ["beta"] : [],
    environment: seed % 2 ? "production" : "staging",
    score: null,
    error_type: bad?.error_type ?? null,
    error_message: bad?.status_message ?? null,
    running: root.duration_ms === null,
  };
}
export const sceneCount = SCENES.length;
