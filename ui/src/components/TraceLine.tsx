import type { TraceRow } from "../api/types";
import { asText, type Count, count, duration, exact, marked, money, plural, sourceOf } from "../format/number";
import { className, oneLine } from "../format/text";
import { instant, moment } from "../format/time";
import { format, traceRoute } from "../state/route";
import type { Column, ColumnId } from "./columns";
import { Amount, Price, StatusIcon } from "./marks";

interface LineProps {
  readonly row: TraceRow;
  readonly index: number;
  readonly top: number;
  readonly columns: readonly Column[];
  readonly longest: number;
  readonly phone: boolean;
  readonly isSelected: boolean;
  readonly isFresh: boolean;
  readonly open: (event: MouseEvent) => void;
}

export function Line(props: LineProps) {
  const { row, index, top, columns, phone, isSelected, isFresh } = props;
  const classes = ["row", isSelected && "selected", isFresh && "fresh", row.status === "error" && "failed"];
  return (
    <div
      class={classes.filter(Boolean).join(" ")}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      style={{ transform: `translateY(${top}px)` }}
      data-testid="trace-row"
      data-trace={row.trace_id}
    >
      {phone ? (
        <Narrow {...props} />
      ) : (
        columns.map((column) => (
          <span key={column.id} role="gridcell" class={`cell c-${column.id} ${column.number ? "right" : ""}`}>
            {CELLS[column.id](props)}
          </span>
        ))
      )}
    </div>
  );
}

const Name = ({ row, open }: LineProps) => (
  <a
    class="row-link"
    href={format(traceRoute(row.trace_id))}
    onClick={open}
    title={`${row.name} · ${exact(row.span_count)} spans`}
  >
    {row.name}
  </a>
);

/** What was asked and what came of it; a failed trace says its error instead of an answer. */
function Text({ row }: { row: TraceRow }) {
  const asked = row.input && oneLine(row.input);
  const answered = row.output && oneLine(row.output);
  const error = row.status === "error" && (row.error_message ?? row.error_type);
  return (
    <span class="asked" title={[row.input, error || row.output].filter(Boolean).join("\n→ ")}>
      <span class="question">{asked ?? <span class="none">—</span>}</span>
      {(error || answered) && <span class="arrow">→</span>}
      {error ? (
        <span class="reply bad">
          {row.error_type && row.error_message ? `${className(row.error_type)}: ${oneLine(row.error_message)}` : error}
        </span>
      ) : (
        <span class="reply">
          {row.error_count > 0 && <span class="bad">{plural(row.error_count, "error")} · </span>}
          {answered}
        </span>
      )}
    </span>
  );
}

function Took({ row, longest }: { row: TraceRow; longest: number }) {
  const share = Math.min(1, (row.duration_ms ?? 0) / longest);
  const beyond = (row.duration_ms ?? 0) > longest;
  return (
    <>
      <span class="took-bar" aria-hidden="true">
        <span class={beyond ? "beyond" : ""} style={{ width: `${Math.max(2, share * 100)}%` }} />
      </span>
      {row.duration_ms === null && row.running ? (
        <span class="live-text">running</span>
      ) : (
        <Amount of={duration(row.duration_ms)} />
      )}
    </>
  );
}

const tokens = (row: TraceRow, name: Count) => (
  <Amount
    of={count(row.usage[name])}
    provenance={sourceOf(row.usage, name)}
    title={row.usage[name] === null ? undefined : exact(row.usage[name])}
  />
);

const Models = ({ row }: { row: TraceRow }) =>
  row.models.length ? (
    <span title={row.models.join("\n")}>
      {row.models[0]}
      {row.models.length > 1 && <span class="unit"> +{row.models.length - 1}</span>}
    </span>
  ) : (
    <span class="none">—</span>
  );

const text = (value: string | null) =>
  value === null ? <span class="none">—</span> : <span title={value}>{value}</span>;

const CELLS: Readonly<Record<ColumnId, (props: LineProps) => preact.ComponentChild>> = {
  time: ({ row }) => <time title={instant(row.started_ms)}>{moment(row.started_ms)}</time>,
  status: ({ row }) => <StatusIcon status={row.status} />,
  name: Name,
  text: Text,
  models: Models,
  duration: Took,
  ttft: ({ row }) => <Amount of={duration(row.ttft_ms)} />,
  in: ({ row }) => tokens(row, "input"),
  out: ({ row }) => tokens(row, "output"),
  cached: ({ row }) => tokens(row, "cache_read"),
  cost: ({ row }) => <Price text={money(row.cost.total, row.cost.provenance)} />,
  session: ({ row }) => text(row.session_id),
  user: ({ row }) => text(row.user_id),
  score: ({ row }) => (row.score === null ? <span class="none">—</span> : <span class="num">{exact(row.score)}</span>),
};

/** Two lines for a phone: what and how it went, then the words. */
function Narrow(props: LineProps) {
  const { row } = props;
  const used = marked(count(row.usage.input), sourceOf(row.usage, "input"));
  return (
    <span role="gridcell" class="narrow">
      <span class="narrow-top">
        <StatusIcon status={row.status} />
        <Name {...props} />
        {row.duration_ms === null && row.running ? (
          <span class="live-text">running</span>
        ) : (
          <Amount of={duration(row.duration_ms)} />
        )}
        <Price text={money(row.cost.total, row.cost.provenance)} />
      </span>
      <span class="narrow-text">
        <time>{moment(row.started_ms)}</time>
        <span class="hidden-label">{asText(used)} tokens</span>
        <Text row={row} />
      </span>
    </span>
  );
}
