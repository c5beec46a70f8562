import type { Attempt, SpanRow } from "../api/types";
import { asText, type Count, count, duration, exact, marked, money, sourceOf } from "../format/number";
import { className } from "../format/text";
import { type Axis, at, extent, within } from "../trace/axis";
import { shortName } from "../trace/names";
import type { FoldLine, Line, SpanLine } from "../trace/tree";
import type { Hovered } from "./HoverCard";
import { Icon } from "./icons";
import { KindMark, Price, StatusIcon } from "./marks";

interface LineProps {
  readonly line: Line;
  readonly index: number;
  readonly top: number;
  readonly axis: Axis;
  /** Of the time column, in pixels. */
  readonly width: number;
  readonly now: number;
  readonly isCurrent: boolean;
  readonly click: () => void;
  readonly flip: () => void;
  readonly hover: (over: Hovered | null) => void;
}

const INDENT = 14;
const MODEL_KINDS: ReadonlySet<string> = new Set(["llm", "embedding", "rerank"]);

export function WaterfallLine(props: LineProps) {
  const { line, index, top, isCurrent, click, flip, hover } = props;
  const hasChildren = line.type === "fold" || line.children > 0;
  const failed = line.type === "span" ? line.span.status === "error" : line.errors > 0;
  const dim = line.type === "span" && (line.span.placeholder || isDuplicate(line.span));
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are bound for the whole page
    <div
      id={`line-${line.key}`}
      class={["wrow", isCurrent && "selected", failed && "failed", dim && "dim"].filter(Boolean).join(" ")}
      role="row"
      aria-rowindex={index + 2}
      aria-level={line.depth + 1}
      aria-expanded={hasChildren ? line.open : undefined}
      aria-selected={isCurrent}
      style={{ transform: `translateY(${top}px)` }}
      onClick={click}
      onPointerLeave={() => hover(null)}
      data-testid="span-row"
      data-span={line.type === "span" ? line.span.span_id : undefined}
    >
      <span class="w-name" role="gridcell" style={{ paddingLeft: `${8 + Math.min(line.depth, 14) * INDENT}px` }}>
        {hasChildren ? (
          <button
            type="button"
            class={line.open ? "twist open" : "twist"}
            tabIndex={-1}
            aria-label={line.open ? "Close" : "Open"}
            onClick={(event) => {
              event.stopPropagation();
              flip();
            }}
          >
            <Icon name="right" />
          </button>
        ) : (
          <span class="twist" />
        )}
        {line.type === "fold" ? <FoldName line={line} /> : <SpanName line={line} />}
      </span>
      <span class="w-time" role="gridcell">
        {line.type === "fold" ? <FoldBars {...props} line={line} /> : <Bar {...props} span={line.span} />}
      </span>
      {line.type === "fold" ? <span class="w-rest" role="gridcell" /> : <Figures span={line.span} hover={hover} />}
    </div>
  );
}

function SpanName({ line: { span } }: { line: SpanLine }) {
  const note = span.placeholder
    ? "its spans came before it"
    : isDuplicate(span)
      ? "reported twice, counted once"
      : null;
  return (
    <>
      <KindMark kind={span.kind} />
      {span.status !== "ok" && span.status !== "unset" && <StatusIcon status={span.status} />}
      <span class="w-label" title={[span.name, span.error_type, span.status_message, note].filter(Boolean).join("\n")}>
        {shortName(span)}
        {span.error_type && <span class="bad"> {className(span.error_type)}</span>}
        {note && <span class="quiet"> · {note}</span>}
      </span>
    </>
  );
}

/** Only calls to models are counted at all: elsewhere the word means nothing to the reader. */
const isDuplicate = (span: SpanRow): boolean => !span.counted && MODEL_KINDS.has(span.kind);

function FoldName({ line }: { line: FoldLine }) {
  return (
    <>
      <KindMark kind={line.kind} />
      <span class="w-label" title={`${line.name}, ${line.spans.length} times in a row`}>
        {shortName(line.spans[0]!)} <b class="times">×{exact(line.spans.length)}</b>
        {line.errors > 0 && <span class="bad"> {exact(line.errors)} failed</span>}
      </span>
    </>
  );
}

const percent = (fraction: number): string => `${fraction * 100}%`;

/** A bar narrower than this has no room for marks. */
const ROOM = 14;

/** Rounded where the span really ended; square where it still runs, was cut off or leaves the view. */
function Bar(props: LineProps & { span: SpanRow }) {
  const { span, axis, now, width: pixels } = props;
  const place = extent(axis, span, now);
  if (!place) return null;
  const { left, width, cut } = place;
  const running = span.duration_ms === null && !span.placeholder;
  const ended = span.duration_ms !== null && span.status !== "incomplete" && !cut;
  const classes = [
    `k-${span.kind}`,
    ended && "ended",
    running && "running",
    span.status === "error" && "failed",
    span.placeholder && "ghost",
  ];
  return (
    <>
      <span
        class={`wbar ${classes.filter(Boolean).join(" ")}`}
        style={{ left: percent(left), width: `max(2px, ${percent(width)})` }}
      />
      {width * pixels >= ROOM && <Marks span={span} axis={axis} />}
      <span
        class="wtime"
        style={
          left + width < 0.8
            ? { left: `calc(${percent(left + width)} + 6px)` }
            : { right: `calc(${percent(1 - left)} + 6px)` }
        }
      >
        {running ? "running" : span.duration_ms === null ? "" : asText(duration(span.duration_ms))}
      </span>
    </>
  );
}

/** Ticks on the bar: the first token, and every attempt of the client library. */
function Marks({ span, axis }: { span: SpanRow; axis: Axis }) {
  const first = span.ttft_ms === null ? null : span.started_ms + span.ttft_ms;
  return (
    <>
      {first !== null && within(axis, first) && (
        <span
          class="mark first"
          title={`first token after ${asText(duration(span.ttft_ms))}`}
          style={{ left: percent(at(axis, first)) }}
        />
      )}
      {span.attempts
        .filter((attempt) => within(axis, attempt.at_ms))
        .map((attempt) => (
          <span
            key={attempt.at_ms}
            class="mark retry"
            title={attemptText(attempt)}
            style={{ left: percent(at(axis, attempt.at_ms)) }}
          />
        ))}
    </>
  );
}

function attemptText({ status, wait_ms }: Attempt): string {
  const answered = status === null ? "attempt without an answer" : `attempt answered ${status}`;
  return wait_ms === null ? answered : `${answered}, then waited ${asText(duration(wait_ms))}`;
}

/** Where the folded spans lie; neighbours that the eye could not tell apart are joined. */
function FoldBars({ line, axis, now }: LineProps & { line: FoldLine }) {
  const pieces: { left: number; right: number }[] = [];
  for (const span of line.spans) {
    const place = extent(axis, span, now);
    if (!place) continue;
    const last = pieces.at(-1);
    if (last && place.left - last.right < 0.025) last.right = Math.max(last.right, place.left + place.width);
    else pieces.push({ left: place.left, right: place.left + place.width });
  }
  return (
    <>
      {pieces.map((piece) => (
        <span
          key={piece.left}
          class={`wbar folded k-${line.kind}`}
          style={{ left: percent(piece.left), width: `max(2px, ${percent(piece.right - piece.left)})` }}
        />
      ))}
    </>
  );
}

/** Only calls to models have tokens and a price to be unknown; elsewhere the cells stay empty. */
function Figures({ span, hover }: { span: SpanRow; hover: (over: Hovered | null) => void }) {
  const has = MODEL_KINDS.has(span.kind) || span.usage.input !== null || span.cost.total !== null;
  if (!has) return <span class="w-rest" role="gridcell" />;
  const over = (event: PointerEvent) => {
    const { left, bottom } = (event.currentTarget as Element).getBoundingClientRect();
    if (event.pointerType === "mouse") hover({ span, x: left, y: bottom });
  };
  const said = (name: Count) => asText(marked(count(span.usage[name]), sourceOf(span.usage, name)));
  const unknown = span.usage.input === null && span.usage.output === null;
  return (
    <>
      <span class="w-tokens right num" role="gridcell" onPointerEnter={over}>
        {unknown ? (
          <span class="none">—</span>
        ) : (
          <>
            {said("input")}
            <span class="unit"> → </span>
            {said("output")}
          </>
        )}
      </span>
      <span class="w-cost right" role="gridcell" onPointerEnter={over}>
        <Price text={money(span.cost.total, span.cost.provenance)} />
      </span>
    </>
  );
}
