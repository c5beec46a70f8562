import { useState } from "preact/hooks";
import { localInput, moment } from "../format/time";
import { label, PRESETS, type Span } from "../state/range";
import { go, type TracesRoute } from "../state/route";
import { Menu } from "./controls";

export function RangePicker({ route, shown }: { route: TracesRoute; shown: Span | null }) {
  const text =
    route.from !== null ? `${moment(route.from)} – ${route.to === null ? "now" : moment(route.to)}` : label(route);
  return (
    <Menu label="Time range" icon="clock" text={text}>
      {(close) => <RangeMenu route={route} shown={shown} close={close} />}
    </Menu>
  );
}

function RangeMenu({ route, shown, close }: { route: TracesRoute; shown: Span | null; close: () => void }) {
  const choose = (range: string | null) => {
    go({ ...route, range, from: null, to: null });
    close();
  };
  const choices = [
    { id: null, label: "Since first data, at most 24 h" },
    ...PRESETS,
    { id: "all", label: "Everything" },
  ];
  return (
    <>
      <ul class="menu-list">
        {choices.map((preset) => (
          <li key={preset.id}>
            <button
              type="button"
              aria-pressed={route.from === null && route.range === preset.id}
              onClick={() => choose(preset.id)}
            >
              {preset.label}
            </button>
          </li>
        ))}
      </ul>
      <CustomRange route={route} shown={shown} close={close} />
    </>
  );
}

function CustomRange({ route, shown, close }: { route: TracesRoute; shown: Span | null; close: () => void }) {
  const [from, setFrom] = useState(localInput(route.from ?? shown?.from ?? Date.now() - 3_600_000));
  const [to, setTo] = useState(localInput(route.to ?? shown?.to ?? Date.now()));
  const wrong = !(new Date(from).getTime() < new Date(to).getTime());
  const submit = (event: Event) => {
    event.preventDefault();
    if (wrong) return;
    go({ ...route, range: null, from: new Date(from).getTime(), to: new Date(to).getTime() });
    close();
  };
  return (
    <form class="menu-form" onSubmit={submit}>
      <label>
        From{" "}
        <input type="datetime-local" step="1" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
      </label>
      <label>
        To <input type="datetime-local" step="1" value={to} onInput={(event) => setTo(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button" disabled={wrong}>
        {wrong ? "“From” must be before “To”" : "Apply"}
      </button>
    </form>
  );
}
