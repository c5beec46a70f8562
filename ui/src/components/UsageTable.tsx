import type { Cost, Usage } from "../api/types";
import { exact, money } from "../format/number";
import { Price } from "./marks";

const PARTS = [
  ["input", "Input"],
  ["cache_read", "of it read from cache"],
  ["cache_write", "of it written to cache"],
  ["output", "Output"],
  ["reasoning", "of it reasoning"],
] as const;

const SAID: Readonly<Record<Usage["provenance"], string>> = {
  reported: "reported by the provider",
  estimated: "~ estimated: the provider did not say",
  partial: "+ partial: some of it is unknown",
  unknown: "unknown",
};

/** Tokens and money part by part, with where the figures come from. */
export function UsageTable({ usage, cost }: { usage: Usage; cost: Cost }) {
  const mark = (value: number | null) => (value !== null && usage.provenance === "estimated" ? "~" : "");
  return (
    <table class="usage">
      <thead>
        <tr>
          <th />
          <th class="right">Tokens</th>
          <th class="right">Cost</th>
        </tr>
      </thead>
      <tbody>
        {PARTS.map(([key, title]) => (
          <tr key={key} class={title.startsWith("of it") ? "part" : ""}>
            <th scope="row">{title}</th>
            <td class="right num">
              {mark(usage[key])}
              {exact(usage[key])}
            </td>
            <td class="right">
              <Price text={money(cost[key], cost[key] === null ? "unknown" : cost.provenance === "estimated" ? "estimated" : "reported")} />
            </td>
          </tr>
        ))}
        <tr class="sum">
          <th scope="row">Total</th>
          <td />
          <td class="right">
            <Price text={money(cost.total, cost.provenance)} />
          </td>
        </tr>
      </tbody>
      <tfoot>
        <tr>
          <td colSpan={3}>Tokens {SAID[usage.provenance]}</td>
        </tr>
      </tfoot>
    </table>
  );
}
