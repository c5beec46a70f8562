import { help, palette } from "./overlays";

/** Key (as `KeyboardEvent.key`) to what it does on the page now shown. */
export type Keys = Readonly<Record<string, () => void>>;

const layers: Keys[] = [];

/** Bind keys while a page is shown; the latest layer wins.  Returns the undo. */
export function bind(keys: Keys): () => void {
  layers.push(keys);
  return () => {
    layers.splice(layers.indexOf(keys), 1);
  };
}

const TYPING = "input, textarea, select, [contenteditable=true]";

function pressed(event: KeyboardEvent): void {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    palette.value = !palette.peek();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target as Element | null;
  if (target?.closest(TYPING) || help.peek() || palette.peek()) return;
  // A focused button keeps its own Enter and Space.
  if ((event.key === "Enter" || event.key === " ") && target?.closest("button, a, summary, [role=tab]")) return;
  const action = layers.findLast((layer) => event.key in layer)?.[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

export function listenToKeys(): () => void {
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}
