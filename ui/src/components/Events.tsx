import type { SpanDetail } from "../api/types";
import { asText, duration } from "../format/number";
import { instant } from "../format/time";
import { copy } from "../state/toast";
import { Button } from "./controls";
import { Value } from "./Value";

/** What went wrong, above everything else the panel shows. */
export function Failure({ detail }: { detail: SpanDetail }) {
  if (detail.status === "incomplete") {
    return <p class="incomplete">The stream was not read to its end: what is shown is what had arrived.</p>;
  }
  if (detail.status !== "error") return null;
  const type = detail.exception?.type ?? detail.error_type ?? "Error";
  const message = detail.exception?.message ?? detail.status_message;
  return (
    <div class="failure" role="alert" data-testid="failure">
      <b>{type}</b>
      {detail.http_status !== null && detail.http_status >= 400 && <span> · HTTP {detail.http_status}</span>}
      {message && <p>{message}</p>}
    </div>
  );
}

/** What an event says, as far as it fits on its line: the exception's text stands above already. */
const gist = (attributes: Readonly<Record<string, unknown>>): string =>
  Object.entries(attributes)
    .filter(([key]) => !key.startsWith("exception."))
    .map(([key, value]) => `${key.split(".").at(-1)} ${short(value)}`)
    .join(" · ");

function short(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.stringify(typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(3)) : value);
}

export function Events({ detail }: { detail: SpanDetail }) {
  const stack = detail.exception?.stacktrace;
  return (
    <>
      <Failure detail={detail} />
      {stack && (
        <div class="text">
          <pre class="stack">{stack}</pre>
          <Button class="copy-text" label="Copy stack trace" icon="copy" onClick={() => copy(stack, "stack trace")} />
        </div>
      )}
      {detail.events.length > 0 && <h3>Events</h3>}
      {detail.events.map((event, index) => (
        <details key={index} class="event">
          <summary>
            <span class="num event-at" title={instant(event.at_ms)}>
              +{asText(duration(event.at_ms - detail.started_ms))}
            </span>{" "}
            {event.name} <span class="quiet">{gist(event.attributes)}</span>
          </summary>
          <Value value={event.attributes} />
        </details>
      ))}
      {detail.links.length > 0 && (
        <>
          <h3>Links</h3>
          <Value value={detail.links} />
        </>
      )}
    </>
  );
}
