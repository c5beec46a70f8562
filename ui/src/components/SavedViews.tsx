import { useState } from "preact/hooks";
import { format, go, parse, type TracesRoute } from "../state/route";
import { stored } from "../state/stored";
import { Menu } from "./controls";
import { Icon } from "./icons";

interface SavedView {
  readonly name: string;
  /** An address of this page: what it shows is all in there. */
  readonly url: string;
}

export const savedViews = stored<readonly SavedView[]>("views", []);

const BUILT_IN: readonly SavedView[] = [
  { name: "Errors", url: "/?q=status:error" },
  { name: "Cut-off streams", url: "/?q=status:incomplete" },
  { name: "Slower than 10 s", url: "/?q=duration>10s" },
  { name: "Dearer than 10 cents", url: "/?q=cost>0.10" },
];

export const allViews = (): readonly SavedView[] => [...savedViews.value, ...BUILT_IN];

export const openView = (view: SavedView): void => go(parse(new URL(view.url, location.origin)));

export function SavedViews({ route }: { route: TracesRoute }) {
  return (
    <Menu label="Saved views" icon="star" text="Views">
      {(close) => (
        <>
          <ul class="menu-list">
            {allViews().map((view) => (
              <li key={view.name}>
                <button
                  type="button"
                  aria-pressed={format(route) === format(parse(new URL(view.url, location.origin)))}
                  onClick={() => {
                    openView(view);
                    close();
                  }}
                >
                  {view.name}
                </button>
                {savedViews.value.includes(view) && <Forget view={view} />}
              </li>
            ))}
          </ul>
          <Save route={route} />
        </>
      )}
    </Menu>
  );
}

function Forget({ view }: { view: SavedView }) {
  const forget = () => {
    savedViews.value = savedViews.value.filter((each) => each !== view);
  };
  return (
    <button type="button" class="forget" aria-label={`Forget view ${view.name}`} onClick={forget}>
      <Icon name="close" />
    </button>
  );
}

function Save({ route }: { route: TracesRoute }) {
  const [name, setName] = useState("");
  const save = (event: Event) => {
    event.preventDefault();
    const wanted = name.trim();
    if (wanted === "") return;
    const others = savedViews.value.filter((each) => each.name !== wanted);
    savedViews.value = [...others, { name: wanted, url: format(route) }];
    setName("");
  };
  return (
    <form class="menu-form" onSubmit={save}>
      <label>
        Keep this view as <input value={name} maxLength={40} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <button type="submit" class="button" disabled={name.trim() === ""}>
        Save
      </button>
    </form>
  );
}
