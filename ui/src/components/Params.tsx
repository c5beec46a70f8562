import type { SpanDetail } from "../api/types";
import { Id } from "./controls";
import { Fact, Facts } from "./Facts";
import { Value } from "./Value";

const id = (value: string | null, what: string) => value && <Id value={value} what={what} keep={10} />;

export function Params({ detail }: { detail: SpanDetail }) {
  return (
    <>
      <h3>Request</h3>
      <Facts>
        <Fact name="model">{detail.model}</Fact>
        {Object.entries(detail.params).map(([name, value]) => (
          <Fact key={name} name={name}>
            {typeof value === "object" && value !== null ? <Value value={value} /> : String(value)}
          </Fact>
        ))}
      </Facts>
      <h3>Response</h3>
      <Facts>
        <Fact name="model">{detail.response_model}</Fact>
        <Fact name="finish reason">{detail.finish_reasons.join(", ")}</Fact>
        <Fact name="response id">{id(detail.response_id, "response id")}</Fact>
        <Fact name="request id">{id(detail.request_id, "request id")}</Fact>
        <Fact name="HTTP status">{detail.http_status}</Fact>
        <Fact name="service tier">{detail.service_tier}</Fact>
        <Fact name="server">{detail.server_address}</Fact>
      </Facts>
      <Context detail={detail} />
    </>
  );
}

function Context({ detail }: { detail: SpanDetail }) {
  const metadata = Object.entries(detail.metadata);
  const said = detail.user_id ?? detail.session_id ?? detail.tags[0] ?? metadata[0];
  if (!said) return null;
  return (
    <>
      <h3>Context</h3>
      <Facts>
        <Fact name="user">{detail.user_id}</Fact>
        <Fact name="session">{detail.session_id}</Fact>
        <Fact name="tags">{detail.tags.join(", ")}</Fact>
        {metadata.map(([name, value]) => (
          <Fact key={name} name={name}>
            {typeof value === "string" ? value : JSON.stringify(value)}
          </Fact>
        ))}
      </Facts>
    </>
  );
}
