import { useMemo } from "preact/hooks";
import { exact } from "../format/number";
import { go } from "../state/route";
import * as trace from "../state/trace";
import { type Arrow, type Box, graph, MOST_BOXES } from "../trace/graph";
import { KindMark } from "./marks";

const WIDTH = 190;
const HEIGHT = 30;
const COLUMN = 250;
const ROW = 42;

/** Who called what: agents, models and tools, each once, with how often. */
export function Graph({ phone }: { phone: boolean }) {
  const roots = trace.roots.value;
  const shape = useMemo(() => graph(roots), [roots]);
  const choose = (box: Box) => {
    const span = box.spans.find((each) => each.status === "error") ?? box.spans[0]!;
    if (phone) go({ ...trace.current.peek()!, span: span.span_id });
    else trace.select(span.span_id);
  };
  const [width, height] = [shape.columns * COLUMN, shape.rows * ROW];
  return (
    <div class="graph" data-testid="graph" tabIndex={0} role="region" aria-label="Graph of calls">
      <div class="graph-space" style={{ width: `${width}px`, height: `${height}px` }}>
        <svg width={width} height={height} aria-hidden="true">
          {shape.arrows.map((arrow) => (
            <path key={arrow.to.id} d={curve(arrow)} />
          ))}
        </svg>
        {shape.boxes.map((box) => (
          <button
            key={box.id}
            type="button"
            class={`graph-box ${box.errors ? "failed" : ""} ${box.spans.some((span) => span.span_id === trace.focus.value) ? "selected" : ""}`}
            style={{ left: `${box.column * COLUMN}px`, top: `${box.row * ROW + (ROW - HEIGHT) / 2}px` }}
            title={`${box.name}: ${exact(box.spans.length)} times${box.errors ? `, ${exact(box.errors)} failed` : ""}`}
            onClick={() => choose(box)}
          >
            <KindMark kind={box.kind} />
            <span class="graph-name">{box.name}</span>
            {box.errors > 0 && <span class="bad num">{exact(box.errors)} failed</span>}
            {box.spans.length > 1 && <span class="times num">×{exact(box.spans.length)}</span>}
          </button>
        ))}
      </div>
      {shape.boxes.length >= MOST_BOXES && (
        <p class="quiet">Only the first {exact(MOST_BOXES)} boxes are drawn; the waterfall has everything.</p>
      )}
    </div>
  );
}

function curve({ from, to }: Arrow): string {
  const [x1, y1] = [from.column * COLUMN + WIDTH, from.row * ROW + ROW / 2];
  const [x2, y2] = [to.column * COLUMN, to.row * ROW + ROW / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
