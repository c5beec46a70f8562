import { useMemo } from "preact/hooks";
import { asText, bytes } from "../format/number";
import { copy, download } from "../state/toast";
import * as trace from "../state/trace";
import { Button } from "./controls";

/** More than this in one element makes the browser, and the reader, stop. */
const MOST_CHARS = 200_000;

export function Raw() {
  const loaded = trace.detail.value!;
  const text = useMemo(() => JSON.stringify(loaded, null, 2), [loaded]);
  return (
    <div class="raw">
      <div class="raw-bar">
        <span class="quiet">{asText(bytes(text.length))} of JSON, as the page received it</span>
        <Button label="Copy all of it" icon="copy" onClick={() => copy(text, "trace")}>
          Copy
        </Button>
        <Button
          label="Download all of it"
          icon="download"
          onClick={() => download(`trace-${loaded.trace.trace_id}.json`, text)}
        >
          Download
        </Button>
      </div>
      <pre class="json" tabIndex={0}>
        {text.slice(0, MOST_CHARS)}
      </pre>
      {text.length > MOST_CHARS && (
        <p class="table-foot">The first {asText(bytes(MOST_CHARS))} are shown; the download has everything.</p>
      )}
    </div>
  );
}
