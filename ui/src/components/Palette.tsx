import type { Signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { help, palette } from "../state/overlays";
import { EVERYTHING, format, go, route, type TraceView, traceRoute } from "../state/route";
import { type Theme, theme } from "../state/theme";
import { copy } from "../state/toast";
import * as trace from "../state/trace";
import { live } from "../state/traces";
import { focusFilter } from "./FilterBox";
import { Overlay } from "./Overlay";
import { allViews, openView } from "./SavedViews";

interface Command {
  readonly name: string;
  readonly keys?: string;
  readonly run: () => void;
}

const VIEWS: readonly (readonly [TraceView, string])[] = [
  ["waterfall", "w"],
  ["conversation", "c"],
  ["graph", "g"],
  ["raw", "r"],
];

function commands(): Command[] {
  const here = route.peek();
  const out: Command[] = [];
  if (here.page === "trace") {
    for (const [view, keys] of VIEWS) out.push({ name: `Trace: ${view}`, keys, run: () => trace.change({ view }) });
    out.push({ name: "Trace: next error", keys: "e", run: () => trace.step(1, (span) => span.status === "error") });
    out.push({ name: "Trace: only LLM calls", run: () => trace.change({ only: "llm" }) });
    out.push({ name: "Trace: only errors", run: () => trace.change({ only: "errors" }) });
    out.push({ name: "Trace: everything", run: () => trace.change({ only: "all" }) });
  }
  if (here.page === "traces") {
    out.push({ name: "Filter traces", keys: "/", run: () => setTimeout(focusFilter) });
    out.push({ name: live.peek() ? "Live: off" : "Live: on", keys: "l", run: () => set(live, !live.peek()) });
  }
  for (const view of allViews()) out.push({ name: `View: ${view.name}`, run: () => openView(view) });
  out.push({ name: "Go to all traces", run: () => go(EVERYTHING) });
  out.push({ name: "Go to health", run: () => go({ page: "health" }) });
  for (const name of ["system", "dark", "light"] as const satisfies readonly Theme[]) {
    out.push({ name: `Theme: ${name}`, run: () => set(theme, name) });
  }
  out.push({ name: "Copy link", keys: "y", run: () => void copy(location.origin + format(route.peek()), "link") });
  out.push({ name: "Keys and help", keys: "?", run: () => set(help, true) });
  return out;
}

function set<T>(what: Signal<T>, value: T): void {
  what.value = value;
}

const TRACE_ID = /^[0-9a-f]{16,32}$/i;

/** What the typed words find; a trace id leads straight to its trace, anything else can be searched for. */
function found(typed: string): Command[] {
  const text = typed.trim();
  const words = text.toLowerCase().split(/\s+/);
  const known = commands().filter((command) => words.every((word) => command.name.toLowerCase().includes(word)));
  if (TRACE_ID.test(text)) known.unshift({ name: `Open trace ${text}`, run: () => go(traceRoute(text.toLowerCase())) });
  else if (text !== "") known.push({ name: `Search traces for ${text}`, run: () => go({ ...EVERYTHING, q: text }) });
  return known;
}

export function Palette() {
  return palette.value ? <OpenPalette /> : null;
}

function OpenPalette() {
  const [typed, setTyped] = useState("");
  const [active, setActive] = useState(0);
  const choices = useMemo(() => found(typed), [typed]);
  const close = () => {
    palette.value = false;
  };
  const run = (command: Command | undefined) => {
    close();
    command?.run();
  };
  useEffect(() => document.getElementById(`command-${active}`)?.scrollIntoView({ block: "nearest" }), [active]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by !== 0) setActive((active + by + choices.length) % Math.max(1, choices.length));
    else if (event.key === "Enter") run(choices[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Overlay label="Command palette" close={close} class="palette">
      <input
        type="text"
        role="combobox"
        aria-label="Command, trace id or words to search"
        aria-expanded="true"
        aria-controls="commands"
        aria-activedescendant={`command-${active}`}
        placeholder="Command, trace id or words to search"
        autocomplete="off"
        spellcheck={false}
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div class="commands" role="listbox" id="commands" aria-label="Commands">
        {choices.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the combobox above
          <div
            key={command.name}
            id={`command-${index}`}
            class="choice"
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            onClick={() => run(command)}
          >
            <span>{command.name}</span>
            {command.keys && <kbd>{command.keys}</kbd>}
          </div>
        ))}
      </div>
    </Overlay>
  );
}
