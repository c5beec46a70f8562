import { useEffect, useState } from "preact/hooks";
import { get, post, problem } from "../api/client";
import { connected, received } from "../api/live";
import type { Health } from "../api/types";
import { exact, plural } from "../format/number";
import { ago } from "../format/time";
import { go, traceRoute } from "../state/route";
import { copy, say } from "../state/toast";
import { Button } from "./controls";

const USUAL = "127.0.0.1:4318";
/** On a port of its own: the usual one is likely ours. */
const DEMO = "limelight demo --port 0";

/** Where an SDK reaches this server, as seen from this browser. */
function endpoint(health: Health | null): string {
  const bound = health?.address ?? location.host;
  return bound.startsWith("0.0.0.0") || bound.startsWith("[::]") ? location.host : bound;
}

/** Before the first span: what to write, whether anything arrives, and why it does not. */
export function Empty() {
  const [health, setHealth] = useState<Health | null>(null);
  useEffect(() => {
    get("/api/v1/health").then(setHealth, () => {});
  }, []);
  const address = endpoint(health);
  const call = address === USUAL ? "limelight.init()" : `limelight.init(endpoint="http://${address}")`;
  const code = `import limelight\n${call}`;
  const test = () =>
    post("/api/v1/test-trace").then(
      ({ trace_id }) => go(traceRoute(trace_id)),
      (error: unknown) => say(problem(error).message),
    );
  return (
    <div class="empty" data-testid="empty">
      <h1>Waiting for the first span</h1>
      <p>Two lines in your program, before its first call to a model:</p>
      <div class="code-line">
        <pre>{code}</pre>
        <Button label="Copy" icon="copy" onClick={() => copy(code, "the two lines")} />
      </div>
      <p class="quiet">
        Any OpenTelemetry SDK works as well: send OTLP over HTTP to <code>http://{address}/v1/traces</code>.
      </p>
      <Receiver health={health} />
      <div class="notice-actions">
        <Button class="primary" label="Send a test trace" onClick={() => void test()}>
          Send a test trace
        </Button>
        <Button label="Copy the command that starts the demo" onClick={() => copy(DEMO, `\`${DEMO}\``)}>
          See the demo: <code>{DEMO}</code>
        </Button>
      </div>
    </div>
  );
}

function Receiver({ health }: { health: Health | null }) {
  const now = received.value ?? health?.received ?? null;
  if (!now) return <p class="receiver quiet">Asking the receiver…</p>;
  const rejected = Object.values(now.rejected).reduce((sum, count) => sum + count, 0);
  return (
    <div class="receiver" aria-live="polite">
      <span class={connected.value ? "live-dot" : "live-dot off"} /> {plural(now.requests, "request")} received ·{" "}
      {exact(now.accepted)} of {plural(now.spans, "span")} accepted
      {rejected > 0 && <b class="bad"> · {exact(rejected)} rejected</b>}
      {now.last_rejected && (
        <p class="receiver-reason">
          <b>Last rejected request</b> ({ago(now.last_rejected.at_ms)}): {now.last_rejected.reason}
        </p>
      )}
    </div>
  );
}
