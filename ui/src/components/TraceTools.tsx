import { plural } from "../format/number";
import type { TraceRoute, TraceView } from "../state/route";
import * as trace from "../state/trace";
import { Button } from "./controls";
import { neighbour } from "./traceKeys";

const VIEWS: readonly (readonly [TraceView, string, string])[] = [
  ["waterfall", "Waterfall", "w"],
  ["conversation", "Conversation", "c"],
  ["graph", "Graph", "g"],
  ["raw", "Raw", "r"],
];

let finder: HTMLInputElement | null = null;
export const focusFind = (): void => finder?.focus();

export function TraceTools({ route }: { route: TraceRoute }) {
  const { trace: row, spans } = trace.detail.value!;
  return (
    <div class="tools">
      <div class="tabs" role="tablist" aria-label="View">
        {VIEWS.map(([view, title, key]) => (
          <button
            key={view}
            type="button"
            role="tab"
            aria-selected={route.view === view}
            title={`${title} (${key})`}
            onClick={() => trace.change({ view })}
          >
            {title}
          </button>
        ))}
      </div>
      {route.view === "waterfall" && <WaterfallTools route={route} errors={row.error_count} spans={spans.length} />}
      <span class="tools-end">
        <Button label="Newer trace of the list" icon="up" keys="[" onClick={() => void neighbour(-1)} />
        <Button label="Older trace of the list" icon="down" keys="]" onClick={() => void neighbour(1)} />
      </span>
    </div>
  );
}

function WaterfallTools({ route, errors, spans }: { route: TraceRoute; errors: number; spans: number }) {
  const only = (wanted: "llm" | "errors") => trace.change({ only: route.only === wanted ? "all" : wanted });
  return (
    <>
      <Button label="Only LLM calls" pressed={route.only === "llm"} onClick={() => only("llm")}>
        LLM
      </Button>
      <Button
        label="Only errors"
        pressed={route.only === "errors"}
        class={errors > 0 ? "bad" : ""}
        onClick={() => only("errors")}
        disabled={errors === 0 && route.only !== "errors"}
      >
        {plural(errors, "error")}
      </Button>
      <input
        ref={(element) => {
          finder = element;
        }}
        class="find"
        type="search"
        aria-label="Find in this trace"
        placeholder={`Find in ${plural(spans, "span")}`}
        value={route.find}
        onInput={(event) => trace.change({ find: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          trace.change({ find: "" });
          event.currentTarget.blur();
        }}
      />
      <Button label="Open every branch" icon="plus" onClick={trace.openAll} />
      <Button label="Close every branch" icon="minus" onClick={trace.closeAll} />
    </>
  );
}
