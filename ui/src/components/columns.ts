import type { TraceRow } from "../api/types";
import { moment } from "../format/time";

export type ColumnId =
  | "time"
  | "status"
  | "name"
  | "text"
  | "models"
  | "duration"
  | "ttft"
  | "in"
  | "out"
  | "cached"
  | "cost"
  | "session"
  | "user"
  | "score";

export interface Column {
  readonly id: ColumnId;
  readonly title: string;
  readonly help: string;
  /** A CSS grid track. */
  readonly track: string;
  readonly number: boolean;
  /** Dropped first when the list is narrow: the highest number goes first. */
  readonly spare: number;
  readonly width: number;
}

const column = (id: ColumnId, title: string, help: string, width: number, spare: number, number = false): Column => ({
  id,
  title,
  help,
  track: id === "text" ? "minmax(180px, 1fr)" : `${width}px`,
  number,
  spare,
  width,
});

const ALL: readonly Column[] = [
  column("time", "Time", "When the trace started, local time", 56, 0),
  column("status", "", "Status", 14, 0),
  column("name", "Name", "Name of the root span", 140, 0),
  column("text", "Asked → answered", "First user text → last assistant text", 330, 0),
  column("models", "Models", "Models that answered", 112, 4),
  column("duration", "Duration", "From the first start to the last end", 92, 0, true),
  column("ttft", "TTFT", "Time to the first token of the first streamed call", 52, 5, true),
  column("in", "In", "Input tokens, cached ones included", 44, 2, true),
  column("out", "Out", "Output tokens, reasoning included", 44, 2, true),
  column("cached", "Cached", "Input tokens read from the provider's cache", 48, 6, true),
  column("cost", "Cost", "~ estimated, + partial: some calls have no price, — unknown", 76, 1, true),
  column("session", "Session", "Session id", 76, 8),
  column("user", "User", "User id", 72, 7),
  column("score", "Score", "Score", 48, 7, true),
];

const FILLED: Partial<Record<ColumnId, (row: TraceRow) => unknown>> = {
  session: (row) => row.session_id,
  user: (row) => row.user_id,
  score: (row) => row.score,
  cached: (row) => row.usage.cache_read,
  ttft: (row) => row.ttft_ms,
};

/** The columns worth their width: those that any row fills, least needed ones dropped until the text has room. */
export function columnsFor(rows: readonly TraceRow[], width: number): Column[] {
  let columns = ALL.filter(({ id }) => {
    const value = FILLED[id];
    return !value || rows.some((row) => value(row) !== null);
  });
  const wanted = (each: Column) => (each.id === "text" ? Math.min(each.width, width * 0.35) : each.width);
  const needed = () => columns.reduce((sum, each) => sum + wanted(each), 0) + columns.length * 10;
  while (width > 0 && needed() > width) {
    const spare = Math.max(...columns.map((each) => each.spare));
    if (spare === 0) break;
    columns = columns.filter((each) => each.spare !== spare);
  }
  return columns.map((each) => (each.id === "time" && rows.some(isOld) ? { ...each, track: "88px" } : each));
}

/** Another day needs its date, and the date its room. */
const isOld = (row: TraceRow): boolean => moment(row.started_ms).length > 8;

export const template = (columns: readonly Column[]): string => columns.map((each) => each.track).join(" ");
