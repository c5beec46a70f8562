import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { SpanDetail, SpanRow } from "../api/types";
import { asText, count, duration, marked, money, sourceOf } from "../format/number";
import { paired, withoutEcho } from "../messages/pairing";
import { go } from "../state/route";
import * as trace from "../state/trace";
import { Failure } from "./Events";
import { Bubble, System } from "./Messages";
import { KindMark, StatusIcon } from "./marks";
import { useVirtual } from "./virtual";

/** The whole run as one thread: each call adds what was new to it, so nothing is read twice. */
export function Conversation({ traceId, phone }: { traceId: string; phone: boolean }) {
  const scroll = useRef<HTMLDivElement>(null);
  const calls = trace.order.value.filter((span) => span.kind === "llm" && span.counted);
  const virtual = useVirtual({
    count: calls.length,
    size: () => 180,
    scroll,
    keyOf: (index) => calls[index]!.span_id,
    overscan: 2,
    padding: 40,
  });
  const index = calls.findIndex((span) => span.span_id === trace.focus.value);
  useKept(index, virtual, scroll);
  if (calls.length === 0)
    return <p class="quiet padded">No call to a model in this trace: there is nothing to read as a conversation.</p>;
  const choose = (span: SpanRow) =>
    phone ? go({ ...trace.current.peek()!, span: span.span_id }) : trace.select(span.span_id);
  return (
    <div
      class="conversation"
      ref={scroll}
      data-testid="conversation"
      tabIndex={0}
      role="region"
      aria-label="Conversation"
    >
      <div class="table-space" style={{ height: `${virtual.getTotalSize()}px` }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            class="turn-place"
            data-index={item.index}
            ref={(element) => virtual.measureElement(element)}
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <Turn
              traceId={traceId}
              span={calls[item.index]!}
              previous={calls[item.index - 1] ?? null}
              choose={choose}
            />
          </div>
        ))}
      </div>
    </div>
  );
}

/** Keep the focused turn at the top while turns above it grow to their real height; the reader's own hand ends that. */
function useKept(index: number, virtual: ReturnType<typeof useVirtual>, scroll: RefObject<HTMLElement | null>): void {
  const kept = useRef<number | null>(null);
  const height = virtual.getTotalSize();
  useEffect(() => {
    kept.current = index;
  }, [index]);
  useEffect(() => {
    if (kept.current !== null && kept.current > 0) virtual.scrollToIndex(kept.current, { align: "start" });
  }, [index, height]);
  useEffect(() => {
    const release = () => {
      kept.current = null;
    };
    const element = scroll.current;
    for (const name of ["wheel", "pointerdown", "touchstart", "keydown"])
      element?.addEventListener(name, release, { passive: true });
    return () => {
      for (const name of ["wheel", "pointerdown", "touchstart", "keydown"]) element?.removeEventListener(name, release);
    };
  }, []);
}

function useDetails(traceId: string, spans: readonly (SpanRow | null)[]): readonly (SpanDetail | null)[] {
  const [loaded, setLoaded] = useState<readonly (SpanDetail | null)[]>(spans.map(() => null));
  const key = spans.map((span) => `${span?.span_id}:${span?.duration_ms}`).join();
  useEffect(() => {
    let gone = false;
    Promise.all(spans.map((span) => (span ? trace.spanDetail(traceId, span.span_id).catch(() => null) : null))).then(
      (all) => !gone && setLoaded(all),
    );
    return () => {
      gone = true;
    };
  }, [traceId, key]);
  return loaded;
}

interface TurnProps {
  readonly traceId: string;
  readonly span: SpanRow;
  readonly previous: SpanRow | null;
  readonly choose: (span: SpanRow) => void;
}

function Turn({ traceId, span, previous, choose }: TurnProps) {
  const [detail, before] = useDetails(traceId, [span, previous]);
  return (
    <section class={trace.focus.value === span.span_id ? "turn selected" : "turn"}>
      <button type="button" class="turn-head" onClick={() => choose(span)}>
        <KindMark kind={span.kind} />
        {span.status !== "ok" && <StatusIcon status={span.status} />}
        <span class="turn-name">{span.name}</span>
        <span class="turn-figures num">
          {asText(duration(span.duration_ms))} ·{" "}
          {asText(marked(count(span.usage.input), sourceOf(span.usage, "input")))} →{" "}
          {asText(marked(count(span.usage.output), sourceOf(span.usage, "output")))} ·{" "}
          {money(span.cost.total, span.cost.provenance)}
        </span>
      </button>
      {detail ? (
        <Said detail={detail} before={before ?? null} />
      ) : (
        <p class="quiet">{span.preview_out ?? span.preview_in ?? "…"}</p>
      )}
    </section>
  );
}

function Said({ detail, before }: { detail: SpanDetail; before: SpanDetail | null }) {
  const fresh = withoutEcho(detail.input.slice(detail.new_from), before?.output ?? []);
  const sameSystem = before !== null && JSON.stringify(before.system) === JSON.stringify(detail.system);
  return (
    <>
      {!sameSystem && <System parts={detail.system} />}
      {paired(fresh, 0, before?.output ?? []).map((shown) => (
        <Bubble key={shown.index} shown={shown} highlight={false} />
      ))}
      <Failure detail={detail} />
      {paired(detail.output, 0).map((shown) => (
        <Bubble key={`out${shown.index}`} shown={shown} highlight={false} isAnswer />
      ))}
    </>
  );
}
