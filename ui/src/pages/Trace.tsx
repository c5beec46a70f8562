import { useEffect, useRef } from "preact/hooks";
import { Conversation } from "../components/Conversation";
import { Button, useSize } from "../components/controls";
import { Graph } from "../components/Graph";
import { Raw } from "../components/Raw";
import { SpanPanel } from "../components/SpanPanel";
import { Failed, Loading } from "../components/states";
import { Top } from "../components/Top";
import { TraceHeader } from "../components/TraceHeader";
import { TraceTools } from "../components/TraceTools";
import { useTraceKeys } from "../components/traceKeys";
import { Waterfall } from "../components/Waterfall";
import { backToList, closePanel, type TraceRoute } from "../state/route";
import { stored } from "../state/stored";
import * as trace from "../state/trace";

const panelShare = stored("panel", 0.44);
const NARROW = 900;

export function Trace({ route }: { route: TraceRoute }) {
  useTraceKeys();
  const failure = trace.failure.value;
  const loaded = trace.detail.value;
  useEffect(() => {
    document.title = loaded ? `${loaded.trace.name} · Limelight` : "Limelight";
    return () => {
      document.title = "Limelight";
    };
  }, [loaded]);
  return (
    <div class="page trace-page">
      <Top>
        <Button label="Back to the list" icon="back" keys="Esc" class="back" onClick={backToList}>
          Back
        </Button>
        {loaded && <TraceHeader detail={loaded} />}
      </Top>
      {loaded ? (
        <Loaded route={route} />
      ) : (
        <main>
          {failure ? (
            <Failed problem={failure} retry={() => void trace.refresh(route.traceId)} what="trace" />
          ) : (
            <Loading rows={18} what="trace" />
          )}
        </main>
      )}
    </div>
  );
}

function Loaded({ route }: { route: TraceRoute }) {
  const box = useRef<HTMLElement>(null);
  const { width } = useSize(box);
  const phone = width > 0 && width <= NARROW;
  const showPanel = phone ? route.span !== null : true;
  return (
    <main
      class={phone ? "trace stacked" : "trace"}
      ref={box}
      style={{ "--panel": `${panelShare.value * 100}%` } as Record<string, string>}
    >
      <section class="trace-main" aria-label="Trace">
        <TraceTools route={route} />
        {width > 0 && <Body route={route} phone={phone} />}
      </section>
      {!phone && <Divider box={box} />}
      {showPanel && trace.focus.value && (
        <SpanPanel
          key={trace.focus.value}
          route={route}
          spanId={trace.focus.value}
          close={phone ? () => closePanel(route) : null}
        />
      )}
    </main>
  );
}

function Body({ route, phone }: { route: TraceRoute; phone: boolean }) {
  switch (route.view) {
    case "conversation":
      return <Conversation traceId={route.traceId} phone={phone} />;
    case "graph":
      return <Graph phone={phone} />;
    case "raw":
      return <Raw />;
    default:
      return <Waterfall phone={phone} />;
  }
}

/** Drag, or arrow keys while focused, to give the panel more or less of the width. */
function Divider({ box }: { box: preact.RefObject<HTMLElement | null> }) {
  const set = (share: number) => {
    panelShare.value = Math.min(0.7, Math.max(0.25, share));
  };
  const move = (event: PointerEvent) => {
    if (!(event.currentTarget as Element).hasPointerCapture(event.pointerId)) return;
    const rect = box.current!.getBoundingClientRect();
    set((rect.right - event.clientX) / rect.width);
  };
  const key = (event: KeyboardEvent) => {
    const by = event.key === "ArrowLeft" ? 0.02 : event.key === "ArrowRight" ? -0.02 : 0;
    if (by === 0) return;
    event.preventDefault();
    set(panelShare.value + by);
  };
  return (
    <div
      class="divider"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label="Width of the span panel"
      aria-valuemin={25}
      aria-valuemax={70}
      aria-valuenow={Math.round(panelShare.value * 100)}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={move}
      onKeyDown={key}
    />
  );
}
