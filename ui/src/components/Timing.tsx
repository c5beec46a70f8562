import type { SpanDetail } from "../api/types";
import { asText, count, duration, exact, type Quantity } from "../format/number";
import { instant } from "../format/time";
import { Fact, Facts } from "./Facts";
import { Amount } from "./marks";

const shown = (quantity: Quantity) => (quantity.value === "—" ? null : <Amount of={quantity} />);

export function Timing({ detail }: { detail: SpanDetail }) {
  const { timing } = detail;
  const isCall = detail.kind === "llm" || detail.kind === "embedding";
  return (
    <>
      <Facts>
        <Fact name="started">{instant(detail.started_ms)}</Fact>
        <Fact name="ended">
          {detail.duration_ms === null ? "not yet" : instant(detail.started_ms + detail.duration_ms)}
        </Fact>
        <Fact name="duration">{shown(duration(detail.duration_ms))}</Fact>
        {isCall && (
          <>
            <Fact name="streamed">{timing.streamed ? "yes" : "no"}</Fact>
            <Fact name="time to first token">{shown(duration(timing.ttft_ms))}</Fact>
            <Fact name="time to first content">{shown(duration(timing.first_content_ms))}</Fact>
            <Fact name="chunks">{timing.chunks === null ? null : exact(timing.chunks)}</Fact>
            <Fact name="tokens per second">
              {timing.tokens_per_s === null ? null : asText(count(timing.tokens_per_s))}
            </Fact>
          </>
        )}
      </Facts>
      {timing.attempts.length > 0 && <Attempts detail={detail} />}
    </>
  );
}

function Attempts({ detail }: { detail: SpanDetail }) {
  return (
    <>
      <h3>Attempts of the client library</h3>
      <table class="plain-table">
        <thead>
          <tr>
            <th>#</th>
            <th class="right">After</th>
            <th class="right">Answer</th>
            <th class="right">Then waited</th>
          </tr>
        </thead>
        <tbody>
          {detail.timing.attempts.map((attempt, index) => (
            <tr key={attempt.at_ms}>
              <td>{index + 1}</td>
              <td class="right">
                <Amount of={duration(attempt.at_ms - detail.started_ms)} />
              </td>
              <td class={`right num ${(attempt.status ?? 200) >= 400 ? "bad" : ""}`}>{attempt.status ?? "—"}</td>
              <td class="right">
                <Amount of={duration(attempt.wait_ms)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
