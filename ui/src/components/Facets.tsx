import { useState } from "preact/hooks";
import type { Facet } from "../api/types";
import { asText, count, exact } from "../format/number";
import { exclude, presence, toggle, widen } from "../query/edit";
import { Button } from "./controls";
import { Icon } from "./icons";

const TITLES: Readonly<Record<string, string>> = {
  model: "Model",
  provider: "Provider",
  service: "Service",
  tool: "Tool",
  error_type: "Error",
  user: "User",
  tag: "Tag",
  environment: "Environment",
  operation: "Operation",
};

/** What the filter language calls a facet's field. */
const WORDS: Readonly<Record<string, string>> = { error_type: "error", environment: "env" };

const FEW = 6;

interface FacetsProps {
  readonly facets: readonly Facet[];
  readonly query: string;
  readonly apply: (query: string) => void;
  /** On a narrow screen the facets cover the list. */
  readonly close: () => void;
}

export function Facets({ facets, query, apply, close }: FacetsProps) {
  const filled = facets.filter((facet) => facet.values.length > 0);
  return (
    <aside class="facets" aria-label="Facets">
      <Button class="facets-close" label="Back to the list" icon="back" onClick={close}>
        Back to the list
      </Button>
      {filled.map((facet) => (
        <FacetGroup key={facet.field} facet={facet} query={query} apply={apply} />
      ))}
      {filled.length === 0 && query === "" && (
        <p class="quiet">Values to filter by appear here with the first traces.</p>
      )}
    </aside>
  );
}

interface GroupProps {
  readonly facet: Facet;
  readonly query: string;
  readonly apply: (query: string) => void;
}

function FacetGroup({ facet, query, apply }: GroupProps) {
  const [all, setAll] = useState(false);
  const field = WORDS[facet.field] ?? facet.field;
  const shown = all ? facet.values : facet.values.slice(0, FEW);
  const title = TITLES[facet.field] ?? facet.field;
  return (
    <section class="facet">
      <h2>{title}</h2>
      <ul>
        {shown.map((value) => (
          <FacetLine key={value.value} value={value} field={field} query={query} apply={apply} />
        ))}
      </ul>
      {facet.values.length > FEW && (
        <button type="button" class="more" onClick={() => setAll(!all)}>
          {all ? "fewer" : `${facet.values.length - FEW} more`}
        </button>
      )}
    </section>
  );
}

interface LineProps {
  readonly value: Facet["values"][number];
  readonly field: string;
  readonly query: string;
  readonly apply: (query: string) => void;
}

function FacetLine({ value, field, query, apply }: LineProps) {
  const state = presence(query, field, value.value);
  const click = (event: MouseEvent) => {
    if (event.altKey) apply(exclude(query, field, value.value));
    else apply((event.shiftKey ? widen : toggle)(query, field, value.value));
  };
  return (
    <li class={state ? `is-${state}` : ""}>
      <button
        type="button"
        class="facet-value"
        aria-pressed={state === "in"}
        title={`${value.value}\nclick: only this · Shift: this too · Alt: not this`}
        onClick={click}
      >
        <span class="facet-name">{value.value}</span>
        {value.errors > 0 && field !== "error" && (
          <span class="facet-errors" title={`${exact(value.errors)} with errors`}>
            {asText(count(value.errors))}
          </span>
        )}
        <span class="facet-count">{asText(count(value.count))}</span>
      </button>
      <button
        type="button"
        class="facet-not"
        aria-label={`Exclude ${field} ${value.value}`}
        aria-pressed={state === "out"}
        onClick={() => apply(exclude(query, field, value.value))}
      >
        <Icon name="minus" />
      </button>
    </li>
  );
}
