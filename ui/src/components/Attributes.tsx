import { useState } from "preact/hooks";
import type { SpanDetail } from "../api/types";
import { pretty } from "../format/text";
import { exclude, toggle } from "../query/edit";
import { EVERYTHING, go } from "../state/route";
import { copy } from "../state/toast";
import { Button } from "./controls";

interface Entry {
  readonly key: string;
  readonly value: unknown;
}

const LONG = 160;

const entries = (values: Readonly<Record<string, unknown>>): Entry[] =>
  Object.entries(values)
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => a.key.localeCompare(b.key));

const written = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** Everything that was received, as received. */
export function Attributes({ detail }: { detail: SpanDetail }) {
  const [search, setSearch] = useState("");
  const wanted = search.toLowerCase();
  const keep = ({ key, value }: Entry) => `${key} ${written(value)}`.toLowerCase().includes(wanted);
  const scope = [detail.scope.name, detail.scope.version].filter(Boolean).join(" ");
  return (
    <>
      <input
        type="search"
        class="find"
        aria-label="Search attributes"
        placeholder="Search attributes"
        value={search}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      <Group title="Span" list={entries(detail.attributes).filter(keep)} filterable />
      <Group title="Resource" list={entries(detail.resource).filter(keep)} />
      <p class="quiet">
        Read as {detail.dialect}
        {scope && `, from ${scope}`}.
      </p>
    </>
  );
}

function Group({ title, list, filterable = false }: { title: string; list: readonly Entry[]; filterable?: boolean }) {
  if (list.length === 0) return null;
  return (
    <section>
      <h3>
        {title} <span class="unit">{list.length}</span>
      </h3>
      <dl class="attributes">
        {list.map((entry) => (
          <Attribute key={entry.key} entry={entry} filterable={filterable} />
        ))}
      </dl>
    </section>
  );
}

function Attribute({ entry, filterable }: { entry: Entry; filterable: boolean }) {
  const [open, setOpen] = useState(false);
  const text = written(entry.value);
  const short = text.length <= 120;
  const filter = (edit: typeof toggle) => go({ ...EVERYTHING, range: "all", q: edit("", `attr.${entry.key}`, text) });
  return (
    <div>
      <dt>{entry.key}</dt>
      <dd>
        <span class={typeof entry.value === "number" ? "num" : ""}>{open ? pretty(text) : text.slice(0, LONG)}</span>
        {text.length > LONG && (
          <button type="button" class="more" onClick={() => setOpen(!open)}>
            {open ? "less" : `… ${text.length.toLocaleString("en-US")} characters`}
          </button>
        )}
      </dd>
      <span class="attribute-buttons">
        {filterable && short && (
          <>
            <Button label={`Traces with this ${entry.key}`} icon="plus" onClick={() => filter(toggle)} />
            <Button label={`Traces without this ${entry.key}`} icon="minus" onClick={() => filter(exclude)} />
          </>
        )}
        <Button label={`Copy ${entry.key}`} icon="copy" onClick={() => copy(text, entry.key)} />
      </span>
    </div>
  );
}
