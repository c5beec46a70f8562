import { useEffect, useRef, useState } from "preact/hooks";
import { Button, useSize } from "../components/controls";
import { Empty } from "../components/Empty";
import { Facets } from "../components/Facets";
import { FilterBox, focusFilter } from "../components/FilterBox";
import { Histogram } from "../components/Histogram";
import { RangePicker } from "../components/RangePicker";
import { SavedViews } from "../components/SavedViews";
import { Failed, Loading, Notice } from "../components/states";
import { Top } from "../components/Top";
import { TraceTable } from "../components/TraceTable";
import { exact, plural } from "../format/number";
import { bind } from "../state/keys";
import { EVERYTHING, format, go, type TracesRoute, traceRoute } from "../state/route";
import { copy } from "../state/toast";
import * as list from "../state/traces";

export function Traces({ route }: { route: TracesRoute }) {
  const [facetsOpen, setFacetsOpen] = useState(false);
  useListKeys(route);
  const apply = (q: string) => go({ ...route, q });
  const failure = list.failure.value;
  const empty = list.anyData.value === false;
  return (
    <div class="page traces-page">
      <Top>
        {!empty && (
          <>
            <FilterBox query={route.q} apply={apply} invalid={failure?.code === "bad_query"} />
            <RangePicker route={route} shown={list.shownRange.value} />
            <SavedViews route={route} />
            <LiveSwitch />
          </>
        )}
      </Top>
      <main class={facetsOpen ? "traces facets-open" : "traces"}>
        {!empty && <h1 class="hidden-label">Traces</h1>}
        {empty ? (
          <Empty />
        ) : (
          <>
            <Facets facets={list.facets.value} query={route.q} apply={apply} close={() => setFacetsOpen(false)} />
            <section class="results" aria-label="Results">
              <Histogram
                data={list.histogram.value}
                zoom={(from, to) => go({ ...route, range: null, from, to })}
                reset={route.from === null ? null : () => go({ ...route, from: null, to: null })}
              />
              <Summary route={route} toggleFacets={() => setFacetsOpen(!facetsOpen)} facetsOpen={facetsOpen} />
              <Results route={route} />
            </section>
          </>
        )}
      </main>
    </div>
  );
}

function LiveSwitch() {
  const flip = () => {
    list.live.value = !list.live.peek();
    if (list.live.peek()) void list.reload();
  };
  return (
    <Button
      class={list.live.value ? "live on" : "live"}
      label="Live: new traces appear by themselves"
      keys="l"
      pressed={list.live.value}
      onClick={flip}
    >
      <span class="live-dot" /> Live
    </Button>
  );
}

function Summary({
  route,
  toggleFacets,
  facetsOpen,
}: {
  route: TracesRoute;
  toggleFacets: () => void;
  facetsOpen: boolean;
}) {
  const total = list.total.value;
  const failed = list.histogram.value?.buckets.reduce((sum, bucket) => sum + bucket.errors, 0) ?? 0;
  const waiting = list.waiting.value.length;
  return (
    <div class="summary">
      <Button class="facets-switch" label="Facets" icon="filter" pressed={facetsOpen} onClick={toggleFacets} />
      <span class="summary-count" data-testid="total" aria-live="polite">
        {total ? `${exact(total.value)}${total.capped ? "+" : ""} trace${total.value === 1 ? "" : "s"}` : " "}
        {failed > 0 && <span class="bad"> · {plural(failed, "error")}</span>}
      </span>
      {list.loading.value && <span class="quiet">loading…</span>}
      {(route.q !== "" || route.from !== null || route.range !== null) && (
        <button type="button" class="plain" onClick={() => go(EVERYTHING)}>
          reset
        </button>
      )}
      {waiting > 0 && (
        <button
          type="button"
          class="waiting"
          onClick={() => {
            list.place.offset = 0;
            document.querySelector(".table-scroll")?.scrollTo({ top: 0 });
            list.showWaiting();
          }}
        >
          {exact(waiting)} new ↑
        </button>
      )}
    </div>
  );
}

function Results({ route }: { route: TracesRoute }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const failure = list.failure.value;
  const rows = list.rows.value;
  return (
    <div class="results-body" ref={box}>
      {failure?.code === "bad_query" ? (
        <BadQuery query={route.q} message={failure.message} position={failure.position} />
      ) : failure && rows.length === 0 ? (
        <Failed problem={failure} retry={() => void list.reload()} what="traces" />
      ) : rows.length > 0 ? (
        <TraceTable rows={rows} width={width} />
      ) : list.loading.value || list.anyData.value === null ? (
        <Loading rows={20} what="traces" />
      ) : (
        <NothingMatches route={route} />
      )}
    </div>
  );
}

function BadQuery({ query, message, position }: { query: string; message: string; position: number | null }) {
  return (
    <div role="alert">
      <Notice title="The filter could not be read">
        <pre class="bad-query">
          {query}
          {position !== null && `\n${" ".repeat(position)}↑`}
        </pre>
        {message}
      </Notice>
    </div>
  );
}

function NothingMatches({ route }: { route: TracesRoute }) {
  return (
    <Notice
      title="No trace matches"
      action={
        <>
          {route.q !== "" && (
            <Button label="Clear the filter" onClick={() => go({ ...route, q: "" })}>
              Clear the filter
            </Button>
          )}
          <Button label="Search everything" onClick={() => go({ ...route, range: "all", from: null, to: null })}>
            Look at all times
          </Button>
        </>
      }
    >
      {route.q === ""
        ? "Nothing was received in this stretch of time."
        : "Try fewer words, or a longer stretch of time."}
    </Notice>
  );
}

function useListKeys(route: TracesRoute): void {
  useEffect(() => {
    const move = (by: number) => {
      const rows = list.rows.peek();
      const at = rows.findIndex((row) => row.trace_id === list.selected.peek());
      const next = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))];
      list.selected.value = next?.trace_id ?? null;
    };
    const jump = (index: number) => {
      list.selected.value = list.rows.peek().at(index)?.trace_id ?? null;
    };
    return bind({
      "/": focusFilter,
      j: () => move(1),
      k: () => move(-1),
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      PageDown: () => move(20),
      PageUp: () => move(-20),
      Home: () => jump(0),
      End: () => jump(-1),
      Enter: () => list.selected.peek() && go(traceRoute(list.selected.peek()!)),
      y: () => void copy(location.origin + format(route), "link"),
      l: () => {
        list.live.value = !list.live.peek();
      },
      Escape: () => {
        list.selected.value = null;
      },
    });
  }, [route]);
}
