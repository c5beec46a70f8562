import { useEffect, useState } from "preact/hooks";
import { type Problem, problem } from "../api/client";
import type { SpanDetail, SpanRow } from "../api/types";
import { asText, duration } from "../format/number";
import { asCurl, asPython } from "../messages/reproduce";
import { format, type Tab, type TraceRoute } from "../state/route";
import { copy, download } from "../state/toast";
import * as trace from "../state/trace";
import { Attributes } from "./Attributes";
import { Button, Id } from "./controls";
import { Events, Failure } from "./Events";
import { Messages } from "./Messages";
import { KindMark, StatusIcon } from "./marks";
import { Params } from "./Params";
import { Failed, Loading } from "./states";
import { Timing } from "./Timing";
import { Tools } from "./Tools";
import { UsagePanel } from "./UsagePanel";

interface PanelProps {
  readonly route: TraceRoute;
  readonly spanId: string;
  /** Given where the panel covers the trace. */
  readonly close: (() => void) | null;
}

function useDetail(traceId: string, spanId: string, version: unknown) {
  const [detail, setDetail] = useState<SpanDetail | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let gone = false;
    trace.spanDetail(traceId, spanId).then(
      (loaded) => {
        if (gone) return;
        setDetail(loaded);
        setFailure(null);
      },
      (error: unknown) => !gone && setFailure(problem(error)),
    );
    return () => {
      gone = true;
    };
  }, [traceId, spanId, version, turn]);
  return { detail, failure, retry: () => setTurn(turn + 1) };
}

export function SpanPanel({ route, spanId, close }: PanelProps) {
  const row = trace.focused.value;
  const { detail, failure, retry } = useDetail(route.traceId, spanId, trace.detail.value);
  return (
    <aside class="panel" aria-label="Span" data-testid="span-panel">
      {row && <Head row={row} detail={detail} close={close} route={route} />}
      {row?.placeholder ? (
        <p class="quiet padded">
          This span has not been received yet. Its children were: they hang here until it comes.
        </p>
      ) : failure ? (
        <Failed problem={failure} retry={retry} what="span" />
      ) : detail ? (
        <Tabs route={route} detail={detail} />
      ) : (
        <Loading rows={8} what="span" />
      )}
    </aside>
  );
}

function Head({
  row,
  detail,
  close,
  route,
}: {
  row: SpanRow;
  detail: SpanDetail | null;
  close: (() => void) | null;
  route: TraceRoute;
}) {
  const link = () => copy(location.origin + format({ ...route, span: row.span_id }), "link");
  const replay = detail !== null && detail.kind === "llm" && detail.input.length + detail.system.length > 0;
  return (
    <header class="panel-head">
      <div class="panel-title">
        {close && <Button label="Back to the trace" icon="back" onClick={close} />}
        <KindMark kind={row.kind} />
        <StatusIcon status={row.status} />
        <h2 title={row.name}>{row.name}</h2>
        <Id value={row.span_id} what="span id" keep={4} />
      </div>
      <div class="panel-buttons">
        {replay && (
          <>
            <Button label="Copy this call as Python" onClick={() => copy(asPython(detail), "Python")}>
              Python
            </Button>
            <Button label="Copy this call as a curl command" onClick={() => copy(asCurl(detail), "curl command")}>
              curl
            </Button>
          </>
        )}
        {detail && (
          <Button
            label="Download this span as JSON"
            icon="download"
            onClick={() => download(`span-${row.span_id}.json`, JSON.stringify(detail, null, 2))}
          />
        )}
        <Button label="Copy link to this span" icon="link" keys="y" onClick={link} />
      </div>
      <p class="panel-facts">
        {[
          row.provider,
          row.model,
          row.agent_name && `agent ${row.agent_name}`,
          row.tool_name && `tool ${row.tool_name}`,
          row.service,
          ...notes(detail),
        ]
          .filter((fact): fact is string => Boolean(fact))
          .map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        <span>{row.duration_ms === null ? "running" : asText(duration(row.duration_ms))}</span>
      </p>
    </header>
  );
}

/** What the SDK remarks of a span, such as that it was captured at the transport. */
function notes(detail: SpanDetail | null): readonly string[] {
  const said = detail?.attributes["limelight.notes"];
  return Array.isArray(said) ? said.filter((note) => typeof note === "string") : [];
}

interface TabTitle {
  readonly id: Tab;
  readonly title: string;
  readonly count: number | null;
}

/** Only tabs that hold something: an empty one is a click for nothing. */
function titles(detail: SpanDetail): TabTitle[] {
  const isCall = detail.input.length + detail.output.length + detail.system.length > 0;
  const all: readonly (TabTitle | false)[] = [
    {
      id: "messages",
      title: isCall ? "Messages" : "Input & output",
      count: isCall ? detail.input.length + detail.output.length : null,
    },
    detail.tools.length > 0 && { id: "tools", title: "Tools", count: detail.tools.length },
    (Object.keys(detail.params).length > 0 || isCall) && { id: "params", title: "Parameters", count: null },
    (isCall || detail.usage.provenance !== "unknown") && { id: "usage", title: "Usage & cost", count: null },
    { id: "timing", title: "Timing", count: null },
    { id: "attributes", title: "Attributes", count: Object.keys(detail.attributes).length },
    (detail.events.length > 0 || detail.exception !== null || detail.links.length > 0) && {
      id: "events",
      title: detail.exception ? "Error" : "Events",
      count: detail.exception ? null : detail.events.length || null,
    },
  ];
  return all.filter((tab): tab is TabTitle => tab !== false);
}

function Tabs({ route, detail }: { route: TraceRoute; detail: SpanDetail }) {
  const shown = titles(detail);
  const tab = shown.find((each) => each.id === route.tab)?.id ?? "messages";
  return (
    <>
      <div class="tabs" role="tablist" aria-label="Span">
        {shown.map((each) => (
          <button
            key={each.id}
            type="button"
            role="tab"
            id={`tab-${each.id}`}
            aria-selected={tab === each.id}
            aria-controls="panel-body"
            onClick={() => trace.change({ tab: each.id, span: detail.span_id })}
          >
            {each.title}
            {each.count !== null && <span class="unit"> {each.count}</span>}
          </button>
        ))}
      </div>
      <div class="panel-body" role="tabpanel" id="panel-body" aria-labelledby={`tab-${tab}`} tabIndex={0}>
        {tab !== "events" && <Failure detail={detail} />}
        <Body tab={tab} detail={detail} />
      </div>
    </>
  );
}

function Body({ tab, detail }: { tab: Tab; detail: SpanDetail }) {
  switch (tab) {
    case "tools":
      return <Tools detail={detail} />;
    case "params":
      return <Params detail={detail} />;
    case "usage":
      return <UsagePanel detail={detail} />;
    case "timing":
      return <Timing detail={detail} />;
    case "attributes":
      return <Attributes detail={detail} />;
    case "events":
      return <Events detail={detail} />;
    default:
      return <Messages detail={detail} />;
  }
}
