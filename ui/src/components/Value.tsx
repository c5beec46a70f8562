import { useState } from "preact/hooks";
import { exact } from "../format/number";
import { jsonOf, pretty } from "../format/text";
import { copy } from "../state/toast";
import { Button } from "./controls";

const MOST_CHARS = 12_000;
/** Colouring costs an element per word: only where it is cheap. */
const MOST_COLOURED = 3000;

/** Any JSON value; text that is not JSON stays text. */
export function Value({ value }: { value: unknown }) {
  const text = pretty(value ?? null);
  const isText = typeof value === "string" && jsonOf(value) === undefined;
  return isText ? <div class="text plain-text">{text}</div> : <JsonText text={text} />;
}

export function JsonText({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const whole = pretty(text);
  const shown = all ? whole : whole.slice(0, MOST_CHARS);
  return (
    <div class="text">
      <pre class="json">{shown.length <= MOST_COLOURED ? <Coloured text={shown} /> : shown}</pre>
      {!all && whole.length > MOST_CHARS && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          Show all {exact(whole.length)} characters
        </button>
      )}
      <Button class="copy-text" label="Copy" icon="copy" onClick={() => copy(whole, "JSON")} />
    </div>
  );
}

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

function Coloured({ text }: { text: string }) {
  const out: preact.ComponentChild[] = [];
  let from = 0;
  for (const match of text.matchAll(TOKEN)) {
    out.push(text.slice(from, match.index));
    const kind = match[2] ? "j-key" : match[1] ? "j-text" : "j-word";
    out.push(<span class={kind}>{match[1] ?? match[0]}</span>, match[2] ?? "");
    from = match.index + match[0].length;
  }
  out.push(text.slice(from));
  return <>{out}</>;
}
