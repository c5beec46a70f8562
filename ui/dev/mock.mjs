// A small stand-in for `limelight serve` while developing: node dev/mock.mjs [port] [--empty] [--static]
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { build, row, sceneCount } from "./data.mjs";

const port = Number(process.argv[2] ?? 4399);
const empty = process.argv.includes("--empty");
const STATIC = join(import.meta.dirname, "../../src/limelight/server/static");
const MIME = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const now = Math.floor(Date.now() / 60_000) * 60_000;
const traces = new Map();
const rows = [];
const streams = new Set();
const received = {
  requests: 0,
  spans: 0,
  accepted: 0,
  rejected: {},
  last_rejected: { at_ms: now - 5000, reason: "body is gRPC framed: send OTLP/HTTP to /v1/traces, not OTLP/gRPC" },
  last_span_ms: null,
};

function add(seed, started, scene) {
  const trace = build(seed, started, scene);
  traces.set(trace.trace_id, trace);
  const made = row(trace, seed);
  rows.push(made);
  rows.sort((a, b) => b.started_ms - a.started_ms);
  received.requests++;
  received.spans += trace.spans.length;
  received.accepted += trace.spans.length;
  received.last_span_ms = Date.now();
  return made;
}
if (!empty) {
  for (let n = 0; n < 900; n++) add(n, now - 40_000 - n * n * 33 - (n % 7) * 900, n % sceneCount);
  add(5001, now - 400_000, "huge");
  add(5002, now - 20_000, "long");
  const running = build(5003, now - 9_000, 1);
  running.spans[0].duration_ms = null;
  running.spans[0].status = "running";
  running.spans.splice(4);
  running.spans[3].parent_id = "feedfacefeedface";
  running.spans.push({
    ...running.spans[0],
    span_id: "feedfacefeedface",
    parent_id: running.spans[0].span_id,
    name: "not received yet",
    placeholder: true,
    kind: "other",
  });
  traces.set(running.trace_id, running);
  rows.unshift({ ...row(running, 5003), status: "running", running: true });
}

const matches = (r, q) =>
  (q.match(/"[^"]*"|\S+/g) ?? []).every((word) => {
    const not = word.startsWith("-"),
      term = (not ? word.slice(1) : word).replaceAll('"', "");
    const [, field, value] = /^(\w+):(.*)$/.exec(term) ?? [];
    const wanted = (value ?? "").split("|");
    const has = {
      model: r.models,
      provider: r.providers,
      status: [r.status],
      error: [r.error_type ?? ""],
      user: [r.user_id ?? ""],
      session: [r.session_id ?? ""],
      env: [r.environment],
      service: r.services,
      tag: r.tags,
      kind: Object.keys(r.kinds),
    }[field];
    const hit = has
      ? has.some((h) => wanted.some((w) => (w.endsWith("*") ? h.startsWith(w.slice(0, -1)) : h === w)))
      : JSON.stringify([r.input, r.output, r.name]).toLowerCase().includes(term.toLowerCase());
    return hit !== not;
  });

function select(url) {
  const q = url.searchParams.get("q") ?? "",
    from = Number(url.searchParams.get("from_ms") ?? 0),
    to = Number(url.searchParams.get("to_ms") ?? Infinity);
  return rows.filter((r) => r.started_ms >= from && r.started_ms <= to && matches(r, q));
}
function facet(list, field, values) {
  const counts = new Map();
  for (const r of list)
    for (const value of values(r))
      if (value) {
        const c = counts.get(value) ?? { value, count: 0, errors: 0 };
        c.count++;
        if (r.status === "error") c.errors++;
        counts.set(value, c);
      }
  return { field, values: [...counts.values()].sort((a, b) => b.count - a.count) };
}
function histogram(url) {
  const from = Number(url.searchParams.get("from_ms")),
    to = Number(url.searchParams.get("to_ms") ?? Date.now()),
    n = Number(url.searchParams.get("buckets") ?? 60);
  const size = (to - from) / n,
    buckets = Array.from({ length: n }, (_, k) => ({ t_ms: from + k * size, total: 0, errors: 0 }));
  for (const r of select(url)) {
    const b = buckets[Math.min(n - 1, Math.floor((r.started_ms - from) / size))];
    if (b) {
      b.total++;
      if (r.status === "error") b.errors++;
    }
  }
  return { from_ms: from, to_ms: to, bucket_ms: size, buckets };
}
function detail(id) {
  const trace = traces.get(id);
  if (!trace) return null;
  const { spans } = trace;
  const sum = (kind) => spans.filter((s) => s.kind === kind).reduce((t, s) => t + (s.duration_ms ?? 0), 0);
  const focus =
    spans.findLast((s) => s.status === "error" && s.kind !== "agent") ?? spans.findLast((s) => s.kind === "llm");
  return {
    trace: rows.find((r) => r.trace_id === id),
    spans: spans.map(slim),
    focus_span_id: focus?.span_id ?? null,
    llm_ms: sum("llm"),
    tool_ms: sum("tool"),
    idle_ms: 120,
  };
}
const SLIM =
  "span_id parent_id name kind operation provider model status status_message error_type started_ms duration_ms ttft_ms attempts usage cost tool_name agent_name service preview_in preview_out counted placeholder".split(
    " ",
  );
const slim = (span) => Object.fromEntries(SLIM.map((key) => [key, span[key]]));

const ROUTES = [
  [
    /^\/traces$/,
    (url) => {
      const all = select(url),
        at = Number(url.searchParams.get("cursor") ?? 0),
        limit = Number(url.searchParams.get("limit") ?? 100);
      if (url.searchParams.get("q")?.includes("bad:"))
        return { error: { code: "bad_query", message: "`bad` is not a field; did you mean `tag`?", position: 0 } };
      return {
        traces: all.slice(at, at + limit),
        next_cursor: at + limit < all.length ? String(at + limit) : null,
        total: { value: all.length, capped: false },
      };
    },
  ],
  [/^\/histogram$/, histogram],
  [/^\/range$/, () => ({ first_ms: rows.at(-1)?.started_ms ?? null, last_ms: rows[0]?.started_ms ?? null })],
  [
    /^\/facets$/,
    (url) => {
      const l = select(url);
      return {
        facets: [
          facet(l, "model", (r) => r.models),
          facet(l, "provider", (r) => r.providers),
          facet(l, "service", (r) => r.services),
          facet(l, "error_type", (r) => [r.error_type]),
          facet(l, "user", (r) => [r.user_id]),
          facet(l, "tag", (r) => r.tags),
          facet(l, "environment", (r) => [r.environment]),
        ],
      };
    },
  ],
  [
    /^\/complete$/,
    (url) => {
      const field = url.searchParams.get("field"),
        prefix = url.searchParams.get("prefix") ?? "";
      const values =
        field === "model"
          ? ["gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "qwen3-32b"]
          : field === "user"
            ? ["user-1", "user-4", "user-8"]
            : [];
      return { values: values.filter((v) => v.startsWith(prefix)) };
    },
  ],
  [/^\/traces\/(\w+)$/, (_, id) => detail(id)],
  [/^\/traces\/(\w+)\/spans\/(\w+)$/, (_, id, span) => traces.get(id)?.spans.find((s) => s.span_id === span) ?? null],
  [
    /^\/health$/,
    () => ({
      version: "0.1.0",
      uptime_s: 8123,
      address: `127.0.0.1:${port}`,
      data_dir: "/home/you/.local/share/limelight",
      database_bytes: 48_231_424,
      spans: received.spans,
      traces: rows.length,
      received,
      index_lag_s: 0.2,
      clients: empty
        ? []
        : [
            { sdk: "limelight", version: "0.1.0", service: "support-bot", last_ms: Date.now() - 2000 },
            { sdk: "opentelemetry", version: "1.44.0", service: "batch", last_ms: Date.now() - 3_600_000 },
          ],
      dialects: empty ? {} : { genai: 7021, openinference: 311 },
      unpriced_models: empty ? [] : [{ provider: "ollama", model: "qwen3-32b", spans: 180 }],
    }),
  ],
  [
    /^\/test-trace$/,
    () => {
      const made = add(Math.floor(Math.random() * 1e6) + 10_000, Date.now() - 3000, 1);
      push("trace", { trace_id: made.trace_id, row: made });
      return { trace_id: made.trace_id };
    },
  ],
];

function api(url, response) {
  const path = url.pathname.slice("/api/v1".length);
  for (const [pattern, answer] of ROUTES) {
    const match = pattern.exec(path);
    if (!match) continue;
    const body = answer(url, ...match.slice(1)) ?? {
      error: {
        code: "not_found",
        message: "No such trace here. It may have been deleted or not have arrived yet.",
        position: null,
      },
    };
    response.writeHead(body.error ? (body.error.code === "not_found" ? 404 : 400) : 200, {
      "content-type": "application/json",
    });
    return response.end(JSON.stringify(body));
  }
  response
    .writeHead(404, { "content-type": "application/json" })
    .end(JSON.stringify({ error: { code: "not_found", message: "no such address", position: null } }));
}
const push = (event, data) => {
  for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
};

createServer((request, response) => {
  const url = new URL(request.url, `http://127.0.0.1:${port}`);
  if (url.pathname === "/api/v1/live") {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" }).write(": hello\n\n");
    streams.add(response);
    return request.on("close", () => streams.delete(response));
  }
  if (url.pathname.startsWith("/api/v1")) return api(url, response);
  const name = extname(url.pathname) ? url.pathname : "/index.html";
  const file = join(STATIC, name);
  try {
    statSync(file);
  } catch {
    return response.writeHead(404).end();
  }
  response
    .writeHead(200, {
      "content-type": MIME[extname(file)] ?? "application/octet-stream",
      "content-security-policy": CSP,
    })
    .end(readFileSync(file));
}).listen(port, "127.0.0.1", () => console.log(`mock on http://127.0.0.1:${port}`));

setInterval(() => push("stats", received), 2000);
if (!empty && process.argv.includes("--live")) {
  let n = 0;
  setInterval(() => {
    const made = add(20_000 + n, Date.now() - 1500, n++ % sceneCount);
    push("trace", { trace_id: made.trace_id, row: made });
  }, 1500);
}
