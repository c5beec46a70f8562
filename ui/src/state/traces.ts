import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { get, isAbort, type Problem, problem } from "../api/client";
import { onOpen, onTrace } from "../api/live";
import type { Facet, Histogram, TraceList, TraceRow } from "../api/types";
import { resolve, type Span } from "./range";
import { route, type TracesRoute } from "./route";
import { stored } from "./stored";
import { say } from "./toast";

const PAGE = 100;
/** Beyond this nobody reads: ask for a narrower filter instead. */
export const MOST_ROWS = 5000;
const BUCKETS = 90;

export const rows = signal<readonly TraceRow[]>([]);
export const total = signal<TraceList["total"]>(null);
export const cursor = signal<string | null>(null);
export const loading = signal(false);
export const loadingMore = signal(false);
export const failure = signal<Problem | null>(null);
export const histogram = signal<Histogram | null>(null);
export const facets = signal<readonly Facet[]>([]);
/** False only once the server has said that it holds nothing at all. */
export const anyData = signal<boolean | null>(null);
export const shownRange = signal<Span | null>(null);

export const live = stored("live", true);
/** Changed traces that wait because the reader has scrolled away from the top. */
export const waiting = signal<readonly TraceRow[]>([]);
export const fresh = signal<ReadonlySet<string>>(new Set());

/** Where the reader is: kept here, so that coming back from a trace finds the list as it was. */
export const selected = signal<string | null>(null);
export const place = { offset: 0 };
export const atTop = signal(true);

const asked = computed<TracesRoute | null>(() => (route.value.page === "traces" ? route.value : null));
let loadedFor = "";
let running: AbortController | null = null;

const keyOf = (wanted: TracesRoute): string => JSON.stringify([wanted.q, wanted.range, wanted.from, wanted.to]);

/** Load whenever the address asks for another list; coming back to the same one keeps it. */
export function start(): () => void {
  const stop = effect(() => {
    const wanted = asked.value;
    if (wanted && keyOf(wanted) !== loadedFor) untracked(() => void load(wanted));
  });
  const stopLive = onTrace(({ row }) => live.peek() && arrived(row));
  const stopOpen = onOpen((again) => {
    if (failure.peek()?.code === "unreachable") return void reload();
    if (!again || !live.peek() || loadedFor === "") return;
    scheduleHead();
    scheduleSummary();
  });
  return () => {
    stop();
    stopLive();
    stopOpen();
  };
}

export const reload = (): Promise<void> => load(asked.peek() ?? lastWanted());
let wantedLast: TracesRoute | null = null;
const lastWanted = (): TracesRoute => wantedLast ?? { page: "traces", q: "", range: null, from: null, to: null };

/** `[` and `]` need a list even when a trace was opened by its address. */
export async function ensureLoaded(): Promise<void> {
  if (loadedFor === "") await load(lastWanted());
}

const span = (): { from_ms?: number; to_ms?: number | null } => {
  const shown = shownRange.peek();
  return shown ? { from_ms: shown.from, to_ms: shown.to } : {};
};

async function load(wanted: TracesRoute): Promise<void> {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const again = keyOf(wanted) === loadedFor;
  loadedFor = keyOf(wanted);
  wantedLast = wanted;
  batch(() => {
    loading.value = true;
    if (!again) selected.value = null;
  });
  try {
    const known = await get("/api/v1/range", {}, mine.signal);
    const range = resolve(wanted, known, Date.now());
    const query = { q: wanted.q, from_ms: range.from, to_ms: range.to, limit: PAGE };
    const list = await get("/api/v1/traces", query, mine.signal);
    batch(() => {
      anyData.value = known.first_ms !== null;
      shownRange.value = range;
      rows.value = list.traces;
      total.value = list.total;
      cursor.value = list.next_cursor;
      failure.value = null;
      waiting.value = [];
      place.offset = 0;
      atTop.value = true;
      loading.value = false;
    });
    await loadSummary(wanted, mine.signal);
  } catch (error) {
    if (isAbort(error)) return;
    loadedFor = "";
    batch(() => {
      failure.value = problem(error);
      // What another question was answered must not stand under this one.
      if (!again) rows.value = [];
      loading.value = false;
    });
  }
}

async function loadSummary(wanted: TracesRoute, signal: AbortSignal): Promise<void> {
  const range = span();
  const [bars, found] = await Promise.all([
    get("/api/v1/histogram", { q: wanted.q, ...range, to_ms: range.to_ms ?? Date.now(), buckets: BUCKETS }, signal),
    get("/api/v1/facets", { q: wanted.q, ...range }, signal),
  ]);
  batch(() => {
    histogram.value = bars;
    facets.value = found.facets;
  });
}

export async function more(): Promise<void> {
  const from = cursor.peek();
  if (!from || loadingMore.peek() || rows.peek().length >= MOST_ROWS) return;
  const key = loadedFor;
  loadingMore.value = true;
  try {
    const list = await get("/api/v1/traces", { q: lastWanted().q, ...span(), limit: PAGE, cursor: from });
    if (key !== loadedFor) return;
    const known = new Set(rows.peek().map((row) => row.trace_id));
    batch(() => {
      rows.value = [...rows.peek(), ...list.traces.filter((row) => !known.has(row.trace_id))];
      cursor.value = list.next_cursor;
    });
  } catch (error) {
    say(problem(error).message);
  } finally {
    loadingMore.value = false;
  }
}

/** A change from the event stream.  With a filter only the server knows what matches, so the head is asked for again. */
function arrived(row: TraceRow): void {
  if (loadedFor === "" || anyData.peek() === null) return;
  scheduleSummary();
  const wanted = lastWanted();
  const isKnown = rows.peek().some((each) => each.trace_id === row.trace_id);
  if (!anyData.peek()) void reload();
  else if (wanted.q !== "" || (!isKnown && !inRange(row))) scheduleHead();
  else if (isKnown) replace(row);
  else admit([row]);
}

const inRange = (row: TraceRow): boolean => {
  const range = shownRange.peek();
  return range !== null && range.to === null && row.started_ms >= range.from;
};

function replace(row: TraceRow): void {
  rows.value = rows.peek().map((each) => (each.trace_id === row.trace_id ? row : each));
}

function admit(added: readonly TraceRow[]): void {
  if (added.length === 0) return;
  if (atTop.peek() && route.peek().page === "traces") insert(added);
  else {
    const kept = new Map(waiting.peek().map((row) => [row.trace_id, row]));
    for (const row of added) kept.set(row.trace_id, row);
    waiting.value = [...kept.values()];
  }
}

function insert(added: readonly TraceRow[]): void {
  const all = new Map([...rows.peek(), ...added].map((row) => [row.trace_id, row]));
  batch(() => {
    const before = rows.peek().length;
    rows.value = [...all.values()].sort((a, b) => b.started_ms - a.started_ms);
    fresh.value = new Set(added.map((row) => row.trace_id));
    const grown = rows.value.length - before;
    if (total.peek() && grown > 0) total.value = { ...total.peek()!, value: total.peek()!.value + grown };
  });
}

/** The reader asked for what waits. */
export function showWaiting(): void {
  const added = waiting.peek();
  batch(() => {
    waiting.value = [];
    insert(added);
  });
}

let headTimer: ReturnType<typeof setTimeout> | undefined;
function scheduleHead(): void {
  if (headTimer !== undefined) return;
  headTimer = setTimeout(async () => {
    headTimer = undefined;
    const key = loadedFor;
    const range = shownRange.peek();
    if (!range || range.to !== null) return;
    // Nothing was there before: the range itself begins now.
    if (!anyData.peek()) return reload();
    const list = await get("/api/v1/traces", { q: lastWanted().q, ...span(), limit: PAGE }).catch(() => null);
    if (!list || key !== loadedFor) return;
    const known = new Set(rows.peek().map((row) => row.trace_id));
    for (const row of list.traces) if (known.has(row.trace_id)) replace(row);
    admit(list.traces.filter((row) => !known.has(row.trace_id)));
  }, 1000);
}

let summaryTimer: ReturnType<typeof setTimeout> | undefined;
function scheduleSummary(): void {
  if (summaryTimer !== undefined) return;
  summaryTimer = setTimeout(() => {
    summaryTimer = undefined;
    if (route.peek().page === "traces") void loadSummary(lastWanted(), new AbortController().signal).catch(() => {});
  }, 3000);
}
