import type { SpanDetail } from "../api/types";
import { Fact, Facts } from "./Facts";
import { UsageTable } from "./UsageTable";

export function UsagePanel({ detail }: { detail: SpanDetail }) {
  const { cost } = detail;
  return (
    <>
      <UsageTable usage={detail.usage} cost={cost} />
      <Facts>
        <Fact name="formula">{cost.formula && <code class="formula">{cost.formula}</code>}</Fact>
        <Fact name="prices from">{cost.source}</Fact>
        <Fact name="currency">{cost.total === null ? null : cost.currency}</Fact>
      </Facts>
      {cost.provenance === "unknown" && detail.model && (
        <p class="quiet">No price is known for {detail.model}, so this call counts as unknown, not as free.</p>
      )}
      {!detail.counted && <p class="warned">Another span reported the same call. It is counted there, once.</p>}
    </>
  );
}
