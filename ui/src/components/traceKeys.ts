import { useEffect } from "preact/hooks";
import { bind } from "../state/keys";
import { backToList, closePanel, format, go, route, traceRoute } from "../state/route";
import { copy, say } from "../state/toast";
import * as trace from "../state/trace";
import * as list from "../state/traces";
import type { Line } from "../trace/tree";
import { focusFind } from "./TraceTools";

/** Step to the trace above or below in the list that was last shown. */
export async function neighbour(by: 1 | -1): Promise<void> {
  const here = trace.current.peek();
  if (!here) return;
  await list.ensureLoaded();
  let rows = list.rows.peek();
  const at = rows.findIndex((row) => row.trace_id === here.traceId);
  if (by === 1 && at === rows.length - 1) await list.more();
  rows = list.rows.peek();
  const next = at < 0 ? rows[0] : rows[at + by];
  if (!next) {
    say(by === 1 ? "This is the last trace of the list" : "This is the first trace of the list");
    return;
  }
  list.selected.value = next.trace_id;
  go({ ...traceRoute(next.trace_id), view: here.view }, { replace: true });
}

/** The line the keys are on: the focused span, or a fold they have been moved to. */
export const cursorKey = (): string | null => trace.cursor.value ?? trace.focus.value;

function move(by: number): void {
  const lines = trace.shownLines.peek();
  const at = lines.findIndex((line) => line.key === cursorKey());
  const next = lines[at < 0 ? 0 : Math.min(lines.length - 1, Math.max(0, at + by))];
  if (next) land(next);
}

export function land(line: Line): void {
  if (line.type === "span") trace.select(line.span.span_id);
  else trace.cursor.value = line.key;
}

const currentLine = (): Line | undefined => trace.shownLines.peek().find((line) => line.key === cursorKey());

export function flip(line: Line | undefined): void {
  if (line?.type === "fold") trace.toggleFold(line.key);
  else if (line && line.children > 0) trace.toggleClosed(line.span.span_id);
}

function openOrClose(open: boolean): void {
  const line = currentLine();
  const canOpen = line?.type === "fold" || (line?.children ?? 0) > 0;
  if (line && canOpen && line.open !== open) flip(line);
  else move(open ? 1 : -1);
}

const isLlm = (span: { kind: string }): boolean => span.kind === "llm" || span.kind === "embedding";

function leave(): void {
  const here = trace.current.peek();
  // On a phone the panel covers the trace: Escape closes it first.
  if (here?.span && document.querySelector(".trace.stacked")) closePanel(here);
  else backToList();
}

/** The focused span fills the time axis; once more, and everything is shown again. */
function zoomToFocus(): void {
  const here = trace.current.peek();
  const span = trace.focused.peek();
  const first = Math.min(...trace.order.peek().map((each) => each.started_ms));
  if (here?.zoom || !span) return trace.change({ zoom: null });
  const from = Math.max(0, span.started_ms - first);
  const length = span.duration_ms ?? Math.max(1, Date.now() - span.started_ms);
  const air = length * 0.05;
  trace.change({
    zoom: [Math.max(0, from - air), from + Math.max(0.01, length + air)].map((ms) => Math.round(ms * 1000) / 1000) as [
      number,
      number,
    ],
  });
}

export function useTraceKeys(): void {
  useEffect(
    () =>
      bind({
        "/": focusFind,
        j: () => move(1),
        k: () => move(-1),
        ArrowDown: () => move(1),
        ArrowUp: () => move(-1),
        PageDown: () => move(20),
        PageUp: () => move(-20),
        Home: () => move(Number.NEGATIVE_INFINITY),
        End: () => move(Number.POSITIVE_INFINITY),
        ArrowRight: () => openOrClose(true),
        ArrowLeft: () => openOrClose(false),
        Enter: () => flip(currentLine()),
        h: () => flip(currentLine()),
        e: () => trace.step(1, (span) => span.status === "error"),
        n: () => trace.step(1, isLlm),
        p: () => trace.step(-1, isLlm),
        z: zoomToFocus,
        "[": () => void neighbour(-1),
        "]": () => void neighbour(1),
        w: () => trace.change({ view: "waterfall" }),
        c: () => trace.change({ view: "conversation" }),
        g: () => trace.change({ view: "graph" }),
        r: () => trace.change({ view: "raw" }),
        y: () => void copy(location.origin + format(linked()), "link"),
        Escape: leave,
      }),
    [],
  );
}

/** A link names the span it shows, also when the server chose it. */
const linked = () => {
  const here = route.peek();
  return here.page === "trace" ? { ...here, span: trace.focus.peek() } : here;
};
