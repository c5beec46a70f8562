import type { TracesRoute } from "./route";

export interface Span {
  readonly from: number;
  /** Null: open, up to now. */
  readonly to: number | null;
}

const HOUR = 3_600_000;

export const PRESETS: readonly { readonly id: string; readonly label: string; readonly ms: number }[] = [
  { id: "15m", label: "Last 15 minutes", ms: HOUR / 4 },
  { id: "1h", label: "Last hour", ms: HOUR },
  { id: "6h", label: "Last 6 hours", ms: 6 * HOUR },
  { id: "24h", label: "Last 24 hours", ms: 24 * HOUR },
  { id: "7d", label: "Last 7 days", ms: 7 * 24 * HOUR },
  { id: "30d", label: "Last 30 days", ms: 30 * 24 * HOUR },
];

interface Known {
  readonly first_ms: number | null;
  readonly last_ms: number | null;
}

/**
 * The time the list covers.  Nothing chosen: since the first data, at most 24 h; when all data is older than that, the
 * last 24 h that have any, so that the first screen is never empty for want of the right range.
 */
export function resolve(route: TracesRoute, known: Known | null, now: number): Span {
  if (route.from !== null) return { from: route.from, to: route.to };
  const preset = PRESETS.find((each) => each.id === route.range);
  if (preset) return { from: now - preset.ms, to: null };
  const first = known?.first_ms ?? now - HOUR;
  if (route.range === "all") return { from: first, to: null };
  const end = Math.min(now, known?.last_ms ?? now);
  const stale = end < now - 24 * HOUR;
  const from = Math.max(first, (stale ? end : now) - 24 * HOUR);
  // A little air before the first trace, and a scale that is readable when everything happened in one second.
  return { from: Math.min(from, now - 60_000) - 1000, to: stale ? end + 1000 : null };
}

export function label(route: TracesRoute): string {
  if (route.from !== null) return "Custom";
  if (route.range === "all") return "Everything";
  return PRESETS.find((each) => each.id === route.range)?.label ?? "Since first data";
}
