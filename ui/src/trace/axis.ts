/** The time axis of a trace: milliseconds to fractions of a width. */
export interface Axis {
  readonly from: number;
  readonly length: number;
}

interface Timed {
  readonly started_ms: number;
  readonly duration_ms: number | null;
}

/** From the first start to the last end; what still runs counts up to `now`. */
export function axisOf(spans: readonly Timed[], now: number): Axis {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const span of spans) {
    from = Math.min(from, span.started_ms);
    to = Math.max(to, span.duration_ms === null ? Math.max(now, span.started_ms) : span.started_ms + span.duration_ms);
  }
  if (!Number.isFinite(from)) return { from: now, length: 1 };
  return { from, length: Math.max(to - from, 0.001) };
}

const clamp = (fraction: number): number => Math.min(1, Math.max(0, fraction));

export const at = (axis: Axis, ms: number): number => clamp((ms - axis.from) / axis.length);

/** Start and width as fractions. */
export function extent(axis: Axis, span: Timed, now: number): { left: number; width: number } {
  const left = at(axis, span.started_ms);
  const end = span.duration_ms === null ? Math.max(now, span.started_ms) : span.started_ms + span.duration_ms;
  return { left, width: at(axis, end) - left };
}

const NICE = [1, 2, 5, 10] as const;

/** Round offsets in milliseconds, `atMost` of them after zero, never crowding the end. */
export function ticks(length: number, atMost: number): number[] {
  if (atMost < 1 || length <= 0) return [0];
  const step = niceStep(length / atMost);
  const out: number[] = [];
  for (let n = 0; n * step <= length * 0.96; n++) out.push(n * step);
  return out;
}

const MINUTE_STEPS = [60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400].map((s) => s * 1000);

function niceStep(rough: number): number {
  // From a minute on people count in 60s, not in 10s.
  const sixties = rough > 30_000 ? MINUTE_STEPS.find((step) => step >= rough) : undefined;
  if (sixties) return sixties;
  const size = 10 ** Math.floor(Math.log10(rough));
  return size * NICE.find((nice) => nice * size >= rough * 0.999)!;
}
