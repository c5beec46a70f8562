import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { get, isAbort, type Problem, problem } from "../api/client";
import { onOpen, onTrace } from "../api/live";
import { row } from "../api/rows";
import type { SpanDetail, SpanRow, TraceDetail } from "../api/types";
import { inOrder, lines, type Node, reveal, tree, type View } from "../trace/tree";
import { go, route, type TraceRoute } from "./route";

export const detail = signal<TraceDetail | null>(null);
export const loading = signal(false);
export const failure = signal<Problem | null>(null);
/** What still runs is drawn up to here. */
export const now = signal(Date.now());

const NOTHING: ReadonlySet<string> = new Set();
export const closed = signal(NOTHING);
export const unfolded = signal(NOTHING);
/** A fold the keys are on; null while they are on the focused span. */
export const cursor = signal<string | null>(null);

export const current = computed<TraceRoute | null>(() => (route.value.page === "trace" ? route.value : null));
export const roots = computed<readonly Node[]>(() => tree(detail.value?.spans ?? [], detail.value?.trace.running));
// Taken apart, so that selecting a span does not draw up every line again.
const only = computed(() => current.value?.only ?? "all");
const find = computed(() => current.value?.find ?? "");
export const view = computed<View>(() => ({
  closed: closed.value,
  unfolded: unfolded.value,
  only: only.value,
  search: find.value,
}));
export const shownLines = computed(() => lines(roots.value, view.value));

/** The span whose panel is open: the address says it, else the server's focus. */
export const focus = computed<string | null>(() => {
  const wanted = current.value?.span;
  if (wanted) return wanted;
  return detail.value?.focus_span_id ?? roots.value[0]?.span.span_id ?? null;
});
export const focused = computed<SpanRow | null>(() => spanOf(focus.value));

/** Every span, depth first: what the keys step through. */
export const order = computed<readonly SpanRow[]>(() => inOrder(roots.value));
const byId = computed(() => new Map(order.value.map((span) => [span.span_id, span])));

export const spanOf = (id: string | null): SpanRow | null => (id === null ? null : (byId.value.get(id) ?? null));

let running: AbortController | null = null;

export function start(): () => void {
  const traceId = computed(() => current.value?.traceId ?? null);
  const stop = effect(() => {
    const id = traceId.value;
    untracked(() => (id === null ? leave() : void open(id)));
  });
  const stopLive = onTrace(({ trace_id }) => trace_id === current.peek()?.traceId && scheduleRefresh(trace_id));
  const stopOpen = onOpen((again) => {
    const id = current.peek()?.traceId;
    if (id && (failure.peek() || (again && detail.peek()?.trace.running))) scheduleRefresh(id);
  });
  const clock = setInterval(() => {
    if (detail.peek()?.trace.running) now.value = Date.now();
  }, 1000);
  return () => {
    stop();
    stopLive();
    stopOpen();
    clearInterval(clock);
  };
}

function leave(): void {
  running?.abort();
}

async function open(traceId: string): Promise<void> {
  if (detail.peek()?.trace.trace_id === traceId) {
    showFocus();
    return;
  }
  batch(() => {
    detail.value = null;
    failure.value = null;
    loading.value = true;
    closed.value = NOTHING;
    unfolded.value = NOTHING;
  });
  details.clear();
  await refresh(traceId);
  showFocus();
}

export async function refresh(traceId: string): Promise<void> {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  try {
    const loaded = await get("/api/v1/traces/{trace_id}", { trace_id: traceId }, mine.signal);
    batch(() => {
      now.value = Date.now();
      detail.value = { ...loaded, spans: loaded.spans.map(row) };
      failure.value = null;
      loading.value = false;
    });
  } catch (error) {
    if (isAbort(error)) return;
    batch(() => {
      failure.value = problem(error);
      loading.value = false;
    });
  }
}

let refreshTimer: ReturnType<typeof setTimeout> | undefined;
function scheduleRefresh(traceId: string): void {
  if (refreshTimer !== undefined) return;
  refreshTimer = setTimeout(() => {
    refreshTimer = undefined;
    if (current.peek()?.traceId !== traceId) return;
    // What a running span said may have grown: its panel is asked for again.
    for (const [id] of details) if (spanOf(id)?.duration_ms === null) details.delete(id);
    void refresh(traceId);
  }, 400);
}

/** Make the focused span visible in the tree. */
export function showFocus(): void {
  const id = focus.peek();
  if (id === null) return;
  const next = reveal(roots.peek(), id, view.peek());
  if (next === view.peek()) return;
  batch(() => {
    closed.value = next.closed;
    unfolded.value = next.unfolded;
  });
}

/** Select a span; the address follows without a new history entry. */
export function select(spanId: string, change: Partial<TraceRoute> = {}): void {
  const at = current.peek();
  cursor.value = null;
  if (at) go({ ...at, ...change, span: spanId }, { replace: true });
  showFocus();
}

export function change(next: Partial<TraceRoute>): void {
  const at = current.peek();
  if (at) go({ ...at, ...next }, { replace: true });
}

function flip(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}

export const toggleClosed = (spanId: string): void => {
  closed.value = flip(closed.peek(), spanId);
};
export const toggleFold = (key: string): void => {
  unfolded.value = flip(unfolded.peek(), key);
};

export function closeAll(): void {
  closed.value = new Set(
    order
      .peek()
      .filter((s) => s.parent_id !== null)
      .map((s) => s.span_id),
  );
}
export function openAll(): void {
  closed.value = NOTHING;
}

/** Step to the next or previous span for which `wanted` holds, around the end. */
export function step(direction: 1 | -1, wanted: (span: SpanRow) => boolean): void {
  const all = order.peek();
  const from = all.findIndex((span) => span.span_id === focus.peek());
  for (let n = 1; n <= all.length; n++) {
    const span = all[(from + direction * n + all.length * 2) % all.length]!;
    if (wanted(span)) return select(span.span_id);
  }
}

const details = new Map<string, Promise<SpanDetail>>();

/** One span in full, asked for once while its trace is open. */
export function spanDetail(traceId: string, spanId: string): Promise<SpanDetail> {
  const known = details.get(spanId);
  if (known) return known;
  const asked = get("/api/v1/traces/{trace_id}/spans/{span_id}", { trace_id: traceId, span_id: spanId });
  details.set(spanId, asked);
  asked.catch(() => details.delete(spanId));
  return asked;
}
