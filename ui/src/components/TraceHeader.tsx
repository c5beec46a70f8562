import type { TraceDetail } from "../api/types";
import { count, duration, exact, money, sourceOf } from "../format/number";
import { instant, moment } from "../format/time";
import { Id } from "./controls";
import { Amount, Price, StatusIcon } from "./marks";

/** One line that sums the trace up; every figure is the server's. */
export function TraceHeader({ detail }: { detail: TraceDetail }) {
  const { trace } = detail;
  return (
    <div class="trace-header" data-testid="trace-header">
      <StatusIcon status={trace.status} />
      <h1 title={trace.name}>{trace.name}</h1>
      <Id value={trace.trace_id} what="trace id" />
      <time class="quiet" title={instant(trace.started_ms)}>
        {moment(trace.started_ms)}
      </time>
      <dl class="figures">
        <Figure name="total">
          {trace.running ? <span class="live-text">running</span> : <Amount of={duration(trace.duration_ms)} />}
        </Figure>
        <Figure name="LLM">
          <Amount of={duration(detail.llm_ms)} />
        </Figure>
        {trace.kinds.tool && (
          <Figure name="tools">
            <Amount of={duration(detail.tool_ms)} />
          </Figure>
        )}
        <Figure name="idle">
          <Amount of={duration(detail.idle_ms)} />
        </Figure>
        <Figure name="in">
          <Amount
            of={count(trace.usage.input)}
            provenance={sourceOf(trace.usage, "input")}
            title={exact(trace.usage.input)}
          />
        </Figure>
        <Figure name="out">
          <Amount
            of={count(trace.usage.output)}
            provenance={sourceOf(trace.usage, "output")}
            title={exact(trace.usage.output)}
          />
        </Figure>
        <Figure name="cost">
          <Price text={money(trace.cost.total, trace.cost.provenance)} />
        </Figure>
      </dl>
    </div>
  );
}

const Figure = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <div class={`f-${name}`}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
