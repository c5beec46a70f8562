import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { SpanRow } from "../api/types";
import { asText, duration } from "../format/number";
import { go } from "../state/route";
import * as trace from "../state/trace";
import { type Axis, at, axisOf, ticks } from "../trace/axis";
import type { Line } from "../trace/tree";
import { useSize } from "./controls";
import { HoverCard, type Hovered } from "./HoverCard";
import { cursorKey, flip, land } from "./traceKeys";
import { useVirtual } from "./virtual";
import { WaterfallLine } from "./WaterfallLine";

const ROW = 26;

/** Tree and time axis in one list of virtual rows. */
export function Waterfall({ phone }: { phone: boolean }) {
  const scroll = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLDivElement>(null);
  const { width } = useSize(head);
  const [hovered, setHovered] = useState<Hovered | null>(null);
  const lines = trace.shownLines.value;
  const spans = trace.detail.value!.spans;
  const whole = useMemo(() => axisOf(spans, trace.now.value), [spans, trace.now.value]);
  const zoom = trace.current.value?.zoom ?? null;
  const axis = zoom ? { from: whole.from + zoom[0], length: zoom[1] - zoom[0] } : whole;
  const virtual = useVirtual({
    count: lines.length,
    size: () => ROW,
    scroll,
    keyOf: (index) => lines[index]!.key,
    overscan: 6,
  });
  const cursor = cursorKey();
  useCursorInView(lines, cursor, scroll.current);
  if (lines.length === 0) return <p class="quiet padded">No span of this trace matches.</p>;

  const click = (line: Line) => {
    if (line.type === "fold") flip(line);
    else if (phone) go({ ...trace.current.peek()!, span: line.span.span_id });
    else land(line);
  };
  return (
    <div
      class={phone ? "waterfall phone" : "waterfall"}
      role="treegrid"
      aria-label="Spans"
      aria-rowcount={lines.length + 1}
      aria-activedescendant={cursor ? `line-${cursor}` : undefined}
      tabIndex={0}
    >
      <div class="wrow head" role="row">
        <span role="columnheader" class="w-name">
          Span
        </span>
        <span role="columnheader" class="w-time" ref={head}>
          <Scale axis={axis} start={whole.from} width={width} />
        </span>
        <span role="columnheader" class="w-tokens right" title="Input → output tokens">
          Tokens
        </span>
        <span role="columnheader" class="w-cost right">
          Cost
        </span>
      </div>
      <div class="table-scroll" ref={scroll} role="rowgroup" tabIndex={-1} onScroll={() => setHovered(null)}>
        <div class="table-space" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
          {virtual.getVirtualItems().map((item) => {
            const line = lines[item.index]!;
            return (
              <WaterfallLine
                key={line.key}
                line={line}
                index={item.index}
                top={item.start}
                axis={axis}
                width={width}
                now={trace.now.value}
                isCurrent={line.key === cursor}
                click={() => click(line)}
                flip={() => flip(line)}
                hover={setHovered}
              />
            );
          })}
        </div>
        {missing(spans) > 0 && <TooMuch spans={spans} />}
      </div>
      {hovered && <HoverCard of={hovered} />}
    </div>
  );
}

const missing = (spans: readonly SpanRow[]): number => trace.detail.value!.trace.span_count - spans.length;

function TooMuch({ spans }: { spans: readonly SpanRow[] }) {
  return (
    <p class="table-foot">
      {spans.length.toLocaleString("en-US")} spans are shown; {missing(spans).toLocaleString("en-US")} more of this
      trace are stored and not sent to the page.
    </p>
  );
}

interface ScaleProps {
  readonly axis: Axis;
  /** Where the trace starts: ticks count from there, zoomed or not. */
  readonly start: number;
  readonly width: number;
}

/** The ticks; dragging across them zooms in, a double click shows everything again. */
function Scale({ axis, start, width }: ScaleProps) {
  const [drag, setDrag] = useState<readonly [number, number] | null>(null);
  const fraction = (event: PointerEvent) => {
    const rect = (event.currentTarget as Element).getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - rect.left) / rect.width));
  };
  const up = () => {
    setDrag(null);
    if (!drag || Math.abs(drag[1] - drag[0]) * width < 4) return;
    const time = (at: number) => Math.round((axis.from - start + at * axis.length) * 1000) / 1000;
    trace.change({ zoom: [time(Math.min(...drag)), time(Math.max(...drag))] });
  };
  return (
    <span
      class="scale"
      title="Drag to zoom, double-click to see the whole trace (z: zoom to the span)"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag([fraction(event), fraction(event)]);
      }}
      onPointerMove={(event) => drag && setDrag([drag[0], fraction(event)])}
      onPointerUp={up}
      onDblClick={() => trace.change({ zoom: null })}
    >
      {ticks(axis.length, Math.floor(width / 70), axis.from - start).map((offset) => (
        <span key={offset} class="tick" style={{ left: `${at(axis, start + offset) * 100}%` }}>
          {tickText(offset)}
        </span>
      ))}
      {drag && (
        <span
          class="histogram-drag"
          style={{ left: `${Math.min(...drag) * 100}%`, width: `${Math.abs(drag[1] - drag[0]) * 100}%` }}
        />
      )}
    </span>
  );
}

/** `10 s`, not `10.0 s`: ticks are round. */
const tickText = (offset: number): string => (offset === 0 ? "0" : asText(duration(offset)).replace(/\.0+(?= )/, ""));

function useCursorInView(lines: readonly Line[], cursor: string | null, scroll: HTMLElement | null): void {
  const index = lines.findIndex((line) => line.key === cursor);
  useEffect(() => {
    if (index < 0 || !scroll) return;
    const [top, bottom] = [index * ROW, (index + 1) * ROW];
    const jump = bottom < scroll.scrollTop - 200 || top > scroll.scrollTop + scroll.clientHeight + 200;
    if (jump) scroll.scrollTop = top - scroll.clientHeight / 2;
    else if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (bottom > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = bottom - scroll.clientHeight;
  }, [index, scroll]);
}
