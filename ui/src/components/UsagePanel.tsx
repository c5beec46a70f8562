import type { SpanDetail } from "../api/types";
import { Fact, Facts } from "./Facts";
import { UsageTable } from "./UsageTable";

export function UsagePanel({ detail }: { detail: SpanDetail }) {
  const { cost } = detail;
  return (
    <>
      <UsageTable usage={detail.usage} cost={cost} />
      {cost.provenance === "unknown" ? (
        <p class="quiet">{whyUnknown(detail)}</p>
      ) : (
        <Facts>
          <Fact name="formula">{cost.formula && <code class="formula">{cost.formula}</code>}</Fact>
          <Fact name="prices from">{cost.source}</Fact>
          <Fact name="currency">{cost.total === null ? null : cost.currency}</Fact>
        </Facts>
      )}
      {!detail.counted && <p class="warned">Another span reported the same call. It is counted there, once.</p>}
    </>
  );
}

/** A call that failed has no tokens to price: its model may well have a price. */
function whyUnknown({ usage, model }: SpanDetail): string {
  const subject =
    usage.provenance === "unknown" || !model ? "No tokens were reported" : `No price is known for ${model}`;
  return `${subject}, so this call counts as unknown, not as free.`;
}
