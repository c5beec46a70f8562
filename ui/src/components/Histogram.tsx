import { useRef, useState } from "preact/hooks";
import type { Histogram as Data } from "../api/types";
import { plural } from "../format/number";
import { clock, dayClock, instant } from "../format/time";
import { ticks } from "../trace/axis";
import { useSize } from "./controls";

interface HistogramProps {
  readonly data: Data | null;
  readonly zoom: (from: number, to: number) => void;
  readonly reset: (() => void) | null;
}

const HEIGHT = 44;

/** Traces over time, errors red at the foot; dragging a stretch zooms into it. */
export function Histogram({ data, zoom, reset }: HistogramProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [drag, setDrag] = useState<{ from: number; to: number } | null>(null);
  const [hover, setHover] = useState<number | null>(null);

  const fraction = (event: PointerEvent) => {
    const rect = box.current!.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - rect.left) / rect.width));
  };
  const down = (event: PointerEvent) => {
    if (!data || event.button !== 0) return;
    box.current!.setPointerCapture(event.pointerId);
    setDrag({ from: fraction(event), to: fraction(event) });
  };
  const move = (event: PointerEvent) => {
    setHover(fraction(event));
    if (drag) setDrag({ ...drag, to: fraction(event) });
  };
  const up = () => {
    setDrag(null);
    if (!drag || !data) return;
    const [a, b] = [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)];
    const time = (at: number) => Math.round(data.from_ms + at * (data.to_ms - data.from_ms));
    if ((b - a) * width >= 4) zoom(time(a), time(b));
  };

  return (
    <div class="histogram" data-testid="histogram">
      <div
        class="histogram-plot"
        ref={box}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerLeave={() => setHover(null)}
        onDblClick={() => reset?.()}
        title={reset ? "Drag to zoom, double-click to zoom out" : "Drag to zoom"}
      >
        {data && <Bars data={data} width={width} />}
        {drag && (
          <div
            class="histogram-drag"
            style={{ left: `${Math.min(drag.from, drag.to) * 100}%`, width: `${Math.abs(drag.to - drag.from) * 100}%` }}
          />
        )}
      </div>
      {data && <Scale data={data} width={width} hover={drag ? null : hover} />}
    </div>
  );
}

function Bars({ data, width }: { data: Data; width: number }) {
  const most = Math.max(1, ...data.buckets.map((bucket) => bucket.total));
  const step = width / Math.max(1, data.buckets.length);
  const tall = (value: number) => (value === 0 ? 0 : Math.max(2, Math.round((value / most) * HEIGHT)));
  const traces = data.buckets.reduce((sum, bucket) => sum + bucket.total, 0);
  const errors = data.buckets.reduce((sum, bucket) => sum + bucket.errors, 0);
  return (
    <svg
      width={width}
      height={HEIGHT}
      role="img"
      aria-label={`${plural(traces, "trace")} over time, ${plural(errors, "error")}`}
    >
      {data.buckets.map((bucket, index) => {
        const [all, bad] = [tall(bucket.total), tall(bucket.errors)];
        const [x, wide] = [
          Math.round(index * step),
          Math.max(1, Math.round((index + 1) * step) - Math.round(index * step) - 1),
        ];
        return (
          <g key={bucket.t_ms}>
            {all > 0 && <rect class="bar-ok" x={x} y={HEIGHT - all} width={wide} height={all} />}
            {bad > 0 && <rect class="bar-error" x={x} y={HEIGHT - bad} width={wide} height={bad} />}
          </g>
        );
      })}
    </svg>
  );
}

/** Times under the bars; under the pointer, what its bar holds. */
function Scale({ data, width, hover }: { data: Data; width: number; hover: number | null }) {
  const bucket =
    hover === null ? null : data.buckets[Math.min(data.buckets.length - 1, Math.floor(hover * data.buckets.length))];
  if (bucket) {
    return (
      <div class="histogram-scale told">
        {clock(new Date(bucket.t_ms))} – {clock(new Date(bucket.t_ms + data.bucket_ms))} ·{" "}
        {plural(bucket.total, "trace")}
        {bucket.errors > 0 && <span class="bad"> · {plural(bucket.errors, "error")}</span>}
      </div>
    );
  }
  const length = data.to_ms - data.from_ms;
  // Round in local time: midnight is where the reader's day begins.
  const offset = new Date(data.from_ms).getTimezoneOffset() * 60_000;
  const marks = ticks(length, Math.floor(width / 110), data.from_ms - offset).map((ms) => ms + offset);
  const text = (ms: number) =>
    length > 20 * 3_600_000 ? dayClock(ms) : clock(new Date(ms)).slice(0, length > 600_000 ? 5 : 8);
  return (
    <div class="histogram-scale">
      {marks.map((ms) => (
        <span key={ms} class="tick" title={instant(ms)} style={{ left: `${((ms - data.from_ms) / length) * 100}%` }}>
          {text(ms)}
        </span>
      ))}
    </div>
  );
}
