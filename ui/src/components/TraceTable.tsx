import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { TraceRow } from "../api/types";
import { plural } from "../format/number";
import { follow, traceRoute } from "../state/route";
import { atTop, cursor, fresh, MOST_ROWS, more, place, selected } from "../state/traces";
import { type Column, columnsFor, template } from "./columns";
import { Line } from "./TraceLine";
import { useVirtual } from "./virtual";

export const ROW = 26;
const ROW_ON_PHONE = 50;

interface TableProps {
  readonly rows: readonly TraceRow[];
  readonly width: number;
}

/** The list of traces: virtual rows, one link each, a header that stays. */
export function TraceTable({ rows, width }: TableProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const phone = width > 0 && width < 600;
  const size = phone ? ROW_ON_PHONE : ROW;
  const virtual = useVirtual({
    count: rows.length,
    size: () => size,
    scroll,
    keyOf: (index) => rows[index]!.trace_id,
    initialOffset: place.offset,
    overscan: 8,
  });
  useLayoutEffect(() => {
    scroll.current!.scrollTop = place.offset;
  }, []);
  useEffect(() => virtual.measure(), [size, virtual]);
  useSelectionInView(rows, size, scroll.current);

  const columns = columnsFor(rows, width);
  const longest = longestOf(rows);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (cursor.value && last > rows.length - 30) void more();
  }, [last, rows.length, cursor.value]);

  const onScroll = () => {
    // A last scroll event may come after the list has left the page.
    if (!scroll.current) return;
    place.offset = scroll.current.scrollTop;
    atTop.value = place.offset < size;
  };
  return (
    <div
      class={phone ? "table phone" : "table"}
      role="grid"
      aria-label="Traces"
      aria-rowcount={cursor.value ? -1 : rows.length + 1}
      style={{ "--columns": template(columns) } as Record<string, string>}
    >
      {!phone && <Head columns={columns} />}
      <div class="table-scroll" ref={scroll} onScroll={onScroll} tabIndex={-1} role="rowgroup" data-testid="trace-rows">
        <div class="table-space" role="presentation" style={{ height: `${virtual.getTotalSize()}px` }}>
          {items.map((item) => (
            <Line
              key={item.key}
              row={rows[item.index]!}
              index={item.index}
              top={item.start}
              columns={columns}
              longest={longest}
              phone={phone}
              isSelected={selected.value === rows[item.index]!.trace_id}
              isFresh={fresh.value.has(rows[item.index]!.trace_id)}
              open={(event) => {
                selected.value = rows[item.index]!.trace_id;
                follow(event, traceRoute(rows[item.index]!.trace_id));
              }}
            />
          ))}
        </div>
        <Foot shown={rows.length} />
      </div>
    </div>
  );
}

function Head({ columns }: { columns: readonly Column[] }) {
  return (
    <div class="row head" role="row">
      {columns.map((column) => (
        <span
          key={column.id}
          role="columnheader"
          class={`cell c-${column.id} ${column.number ? "right" : ""}`}
          title={column.help}
        >
          {column.title || <span class="hidden-label">{column.help}</span>}
        </span>
      ))}
    </div>
  );
}

function Foot({ shown }: { shown: number }) {
  if (shown < MOST_ROWS || !cursor.value) return null;
  return (
    <p class="table-foot">
      The first {plural(shown, "trace")} are shown. Narrow the filter or the time range to see others.
    </p>
  );
}

/** The longest duration on the list: what the inline bars are drawn against. */
function longestOf(rows: readonly TraceRow[]): number {
  // One nightly job must not flatten every other bar: the 95th percentile is the full width.
  const known = rows.map((row) => row.duration_ms ?? 0).sort((a, b) => a - b);
  return Math.max(1, known[Math.floor(known.length * 0.95)] ?? 1);
}

function useSelectionInView(rows: readonly TraceRow[], size: number, scroll: HTMLElement | null): void {
  const index = rows.findIndex((row) => row.trace_id === selected.value);
  useEffect(() => {
    if (index < 0 || !scroll) return;
    const [top, bottom] = [index * size, (index + 1) * size];
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (bottom > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = bottom - scroll.clientHeight;
  }, [index, size, scroll]);
}
