const pad = (value: number, width = 2): string => String(value).padStart(width, "0");

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

export const clock = (at: Date): string => `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;

const sameDay = (a: Date, b: Date): boolean => a.toDateString() === b.toDateString();

/** `14:03:12` today, `Nov 20 14:03` otherwise: one column, always local time. */
export function moment(ms: number, nowMs: number = Date.now()): string {
  const at = new Date(ms);
  const now = new Date(nowMs);
  if (sameDay(at, now)) return clock(at);
  return at.getFullYear() === now.getFullYear()
    ? dayClock(ms)
    : `${MONTHS[at.getMonth()]} ${at.getDate()} ${at.getFullYear()}`;
}

/** `Nov 20 14:03`, whatever day it is. */
export function dayClock(ms: number): string {
  const at = new Date(ms);
  return `${MONTHS[at.getMonth()]} ${at.getDate()} ${clock(at).slice(0, 5)}`;
}

/** The whole instant with milliseconds and zone, for tooltips. */
export function instant(ms: number): string {
  const at = new Date(ms);
  const offset = -at.getTimezoneOffset();
  const sign = offset < 0 ? "−" : "+";
  const zone = `${sign}${pad(Math.floor(Math.abs(offset) / 60))}:${pad(Math.abs(offset) % 60)}`;
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())} ${clock(at)}.${pad(at.getMilliseconds(), 3)} ${zone}`;
}

/** `3 s ago`, `2 h ago`: coarse on purpose, the tooltip has the instant. */
export function ago(ms: number, nowMs: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((nowMs - ms) / 1000));
  if (seconds < 2) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** The value an `<input type="datetime-local">` wants. */
export function localInput(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${clock(at)}`;
}
