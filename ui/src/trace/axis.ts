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

/** Start and width as fractions; null when all of it lies outside, `cut` when its end does. */
export function extent(axis: Axis, span: Timed, now: number): { left: number; width: number; cut: boolean } | null {
  const end = span.duration_ms === null ? Math.max(now, span.started_ms) : span.started_ms + span.duration_ms;
  const until = axis.from + axis.length;
  if (end < axis.from || span.started_ms > until) return null;
  const left = at(axis, span.started_ms);
  // A thousandth of slack: sums of floats must not unround the end of the longest bar.
  return { left, width: at(axis, end) - left, cut: end > until + axis.length * 0.001 };
}

export const within = (axis: Axis, ms: number): boolean => ms >= axis.from && ms <= axis.from + axis.length;

const NICE = [1, 2, 5, 10] as const;

/** Round offsets in milliseconds from `from` on, about `atMost` of them, never crowding the end. */
export function ticks(length: number, atMost: number, from = 0): number[] {
  if (atMost < 1 || length <= 0) return [from];
  const step = niceStep(length / atMost);
  const out: number[] = [];
  // The last one keeps half a step for its own label.
  const end = from + length * (1 - 0.5 / atMost);
  for (let n = Math.ceil(from / step - 1e-9); n * step <= end; n++) out.push(n * step);
  return out;
}

const MINUTE_STEPS = [
  30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800,
].map((s) => s * 1000);

function niceStep(rough: number): number {
  // From half a minute on people count in 60s, not in 10s.
  const sixties = rough > 20_000 ? MINUTE_STEPS.find((step) => step >= rough) : undefined;
  if (sixties) return sixties;
  const size = 10 ** Math.floor(Math.log10(rough));
  return size * NICE.find((nice) => nice * size >= rough * 0.999)!;
}
