import type { Cost, Usage } from "../api/types";
import { type Count, exact, money, sourceOf } from "../format/number";
import { Price } from "./marks";

interface Part {
  readonly title: string;
  readonly tokens: Count | null;
  /** The server's price of input is that of fresh input alone: cached tokens have a line of their own. */
  readonly cost: "input" | "output" | "cache_read" | "cache_write" | null;
  readonly part: boolean;
}

function parts(usage: Usage): readonly Part[] {
  const cached = usage.cache_read !== null || usage.cache_write !== null;
  const lines: readonly (Part | false)[] = [
    { title: "Input", tokens: "input", cost: cached ? null : "input", part: false },
    cached && { title: "not cached", tokens: null, cost: "input", part: true },
    cached && { title: "read from cache", tokens: "cache_read", cost: "cache_read", part: true },
    cached && { title: "written to cache", tokens: "cache_write", cost: "cache_write", part: true },
    { title: "Output", tokens: "output", cost: "output", part: false },
    usage.reasoning !== null && { title: "of it reasoning", tokens: "reasoning", cost: null, part: true },
  ];
  return lines.filter((line): line is Part => line !== false);
}

const SAID: Readonly<Record<Usage["provenance"], string>> = {
  reported: "reported by the provider",
  priced: "reported by the provider",
  estimated: "~ estimated: the provider did not say",
  partial: "+ partial: some of it is unknown",
  unknown: "unknown",
};

/** Tokens and money part by part, with where the figures come from. */
export function UsageTable({ usage, cost }: { usage: Usage; cost: Cost }) {
  const mark = (tokens: Count) => (sourceOf(usage, tokens) === "estimated" ? "~" : "");
  return (
    <table class="usage">
      <thead>
        <tr>
          <th>
            <span class="hidden-label">Part</span>
          </th>
          <th class="right">Tokens</th>
          <th class="right">Cost</th>
        </tr>
      </thead>
      <tbody>
        {parts(usage).map((line) => (
          <tr key={line.title} class={line.part ? "part" : ""}>
            <th scope="row">{line.title}</th>
            <td class="right num">
              {line.tokens && mark(line.tokens)}
              {line.tokens && exact(usage[line.tokens])}
            </td>
            <td class="right">{line.cost && <Price text={priceOf(cost, line.cost)} />}</td>
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

const priceOf = (cost: Cost, part: "input" | "output" | "cache_read" | "cache_write"): string =>
  money(cost[part], cost.provenance === "estimated" ? "estimated" : "reported");
