import type { Provenance, Usage } from "../api/types";

/** One of the counts of a usage. */
export type Count = keyof Omit<Usage, "provenance" | "estimated">;

/** A number as people read it: digits and a unit that can be set in grey. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

export const UNKNOWN: Quantity = { value: "—", unit: "" };

function digits(value: number, significant: number): string {
  const whole = Math.max(1, Math.floor(Math.log10(Math.abs(value) || 1)) + 1);
  return value.toFixed(Math.max(0, significant - whole));
}

/** Three significant digits from microseconds to minutes, then minutes and hours. */
export function duration(ms: number | null | undefined): Quantity {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return UNKNOWN;
  if (ms < 0) return { value: `−${duration(-ms).value}`, unit: duration(-ms).unit };
  if (ms < 0.0005) return { value: "0", unit: "ms" };
  if (ms < 0.9995) return { value: (ms * 1000).toFixed(0), unit: "µs" };
  if (ms < 999.5) return { value: digits(ms, ms < 10 ? 2 : 3), unit: "ms" };
  const seconds = ms / 1000;
  if (seconds < 59.95) return { value: digits(seconds, 3), unit: "s" };
  const total = Math.round(seconds);
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  if (hours === 0) return { value: `${minutes}:${String(total % 60).padStart(2, "0")}`, unit: "min" };
  return { value: `${hours}:${String(minutes).padStart(2, "0")}`, unit: "h" };
}

const STEPS: readonly (readonly [number, string])[] = [
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
];

/** Counts and tokens: exact below a thousand, then `12.4 k`. */
export function count(value: number | null | undefined): Quantity {
  if (value === null || value === undefined) return UNKNOWN;
  for (const [size, unit] of STEPS) {
    // 999,950 rounds to 1000 k: it belongs to the next step.
    if (Math.abs(value) >= size * 0.9995) return { value: digits(value / size, 3), unit };
  }
  return { value: String(Math.round(value)), unit: "" };
}

export function bytes(value: number | null | undefined): Quantity {
  if (value === null || value === undefined) return UNKNOWN;
  if (value < 1000) return { value: String(value), unit: "B" };
  const scaled = count(value);
  return { value: scaled.value, unit: `${scaled.unit}B` };
}

function dollars(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return "$0";
  if (size >= 1000) return `$${value.toLocaleString("en-US", { maximumFractionDigits: 0 })}`;
  if (size >= 1) return `$${value.toFixed(2)}`;
  if (size >= 0.001) return `$${value.toFixed(4)}`;
  return `$${value.toFixed(Math.min(20, Math.ceil(-Math.log10(size)) + 1))}`;
}

/** Where one of the counts comes from: beside an estimate others may have been reported. */
export function sourceOf(usage: Usage, count: Count): Provenance {
  if (usage[count] === null) return "unknown";
  const isGuess = usage.estimated.length === 0 || usage.estimated.includes(count);
  return usage.provenance === "estimated" && !isGuess ? "reported" : usage.provenance;
}

/** A price with its provenance: `$0.0031`, `~$0.0031` estimated, `$3.17+` partial, `—` unknown. */
export function money(value: number | null | undefined, provenance: Provenance = "reported"): string {
  if (value === null || value === undefined || provenance === "unknown") return UNKNOWN.value;
  if (provenance === "estimated") return `~${dollars(value)}`;
  return provenance === "partial" ? `${dollars(value)}+` : dollars(value);
}

/** The mark that goes before or after a number so that its provenance is seen, not guessed. */
export function marked(quantity: Quantity, provenance: Provenance): Quantity {
  if (quantity === UNKNOWN) return quantity;
  if (provenance === "estimated") return { value: `~${quantity.value}`, unit: quantity.unit };
  return provenance === "partial" ? { value: quantity.value, unit: `${quantity.unit}+` } : quantity;
}

export const asText = ({ value, unit }: Quantity): string => (unit ? `${value} ${unit}` : value);

/** Exact, with thousands separators: for tooltips and totals. */
export const exact = (value: number | null | undefined): string =>
  value === null || value === undefined ? UNKNOWN.value : value.toLocaleString("en-US", { maximumFractionDigits: 6 });

/** `1 span`, `2 spans`. */
export const plural = (value: number, noun: string): string => `${exact(value)} ${noun}${value === 1 ? "" : "s"}`;
