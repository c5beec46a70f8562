import { useEffect, useState } from "preact/hooks";
import { get, type Problem, problem } from "../api/client";
import { received } from "../api/live";
import type { Health as Data } from "../api/types";
import { Failed, Loading } from "../components/states";
import { Top } from "../components/Top";
import { asText, bytes, duration, exact } from "../format/number";
import { ago, instant } from "../format/time";
import { EVERYTHING, follow, format } from "../state/route";

const EVERY_MS = 5000;

export function Health() {
  const [data, setData] = useState<Data | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  const load = () =>
    get("/api/v1/health").then(
      (health) => {
        setData(health);
        setFailure(null);
      },
      (error: unknown) => setFailure(problem(error)),
    );
  useEffect(() => {
    void load();
    const timer = setInterval(load, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="page">
      <Top />
      <main class="health">
        {failure && <Failed problem={failure} retry={() => void load()} what="server's health" />}
        {!failure && !data && <Loading rows={12} what="health" />}
        {!failure && data && <Report data={data} />}
      </main>
    </div>
  );
}

function Report({ data }: { data: Data }) {
  return (
    <>
      <h1>Health</h1>
      <Store data={data} />
      <Receiver data={data} />
      <Clients data={data} />
      <Dialects data={data} />
      <Unpriced data={data} />
    </>
  );
}

function Store({ data }: { data: Data }) {
  return (
    <dl class="facts wide">
      <Fact name="Version">{data.version}</Fact>
      <Fact name="Running for">{asText(duration(data.uptime_s * 1000))}</Fact>
      <Fact name="Address">{data.address}</Fact>
      <Fact name="Traces">{exact(data.traces)}</Fact>
      <Fact name="Spans">{exact(data.spans)}</Fact>
      <Fact name="Database">{asText(bytes(data.database_bytes))}</Fact>
      <Fact name="Index behind by">{asText(duration(data.index_lag_s * 1000))}</Fact>
      <Fact name="Data folder">
        <span title={data.data_dir}>{data.data_dir}</span>
      </Fact>
    </dl>
  );
}

const Fact = ({ name, children }: { name: string; children: preact.ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

function Receiver({ data }: { data: Data }) {
  const now = received.value ?? data.received;
  const rejected = Object.entries(now.rejected);
  return (
    <section>
      <h2>Received since the start</h2>
      <dl class="facts wide">
        <Fact name="Requests">{exact(now.requests)}</Fact>
        <Fact name="Spans">{exact(now.spans)}</Fact>
        <Fact name="Accepted">{exact(now.accepted)}</Fact>
        <Fact name="Last span">
          {now.last_span_ms === null ? "—" : <span title={instant(now.last_span_ms)}>{ago(now.last_span_ms)}</span>}
        </Fact>
      </dl>
      {rejected.length === 0 ? (
        <p class="quiet">Nothing was rejected.</p>
      ) : (
        <Table
          head={["Rejected because", "Times"]}
          rows={rejected.map(([reason, times]) => [reason, exact(times)])}
          counts
        />
      )}
      {now.last_rejected && (
        <p class="warned">
          Last rejected {ago(now.last_rejected.at_ms)}: {now.last_rejected.reason}
        </p>
      )}
    </section>
  );
}

function Clients({ data }: { data: Data }) {
  return (
    <section>
      <h2>Clients seen</h2>
      {data.clients.length === 0 ? (
        <p class="quiet">No SDK has sent anything yet.</p>
      ) : (
        <Table
          head={["SDK", "Version", "Service", "Last span"]}
          rows={data.clients.map((each) => [each.sdk, each.version ?? "—", each.service ?? "—", ago(each.last_ms)])}
        />
      )}
    </section>
  );
}

function Dialects({ data }: { data: Data }) {
  const dialects = Object.entries(data.dialects);
  return (
    <section>
      <h2>Conventions seen</h2>
      {dialects.length === 0 ? (
        <p class="quiet">None yet.</p>
      ) : (
        <Table head={["Convention", "Spans"]} rows={dialects.map(([name, spans]) => [name, exact(spans)])} counts />
      )}
    </section>
  );
}

function Unpriced({ data }: { data: Data }) {
  return (
    <section>
      <h2>Models without a price</h2>
      {data.unpriced_models.length === 0 ? (
        <p class="quiet">Every model seen so far has a price.</p>
      ) : (
        <Table
          head={["Model", "Provider", "Spans"]}
          rows={data.unpriced_models.map((each) => [
            <ModelLink key={each.model} model={each.model} />,
            each.provider ?? "—",
            exact(each.spans),
          ])}
          counts
        />
      )}
    </section>
  );
}

function ModelLink({ model }: { model: string }) {
  const target = { ...EVERYTHING, q: `model:${model}`, range: "all" };
  return (
    <a href={format(target)} onClick={(event) => follow(event, target)}>
      {model}
    </a>
  );
}

interface TableProps {
  readonly head: readonly string[];
  readonly rows: readonly (readonly preact.ComponentChild[])[];
  /** The last column holds numbers. */
  readonly counts?: boolean;
}

function Table({ head, rows, counts = false }: TableProps) {
  const side = (at: number) => (counts && at === head.length - 1 ? "right" : "");
  return (
    <table class="plain-table">
      <thead>
        <tr>
          {head.map((title, at) => (
            <th key={title} class={side(at)}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            {row.map((cell, at) => (
              <td key={head[at]} class={side(at)}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
