import { useState } from "preact/hooks";
import type { Part } from "../api/types";
import { asText, bytes, exact } from "../format/number";
import { readingOf } from "../format/text";
import type { ShownPart } from "../messages/pairing";
import { copy, download } from "../state/toast";
import { Button } from "./controls";
import { Markdown } from "./Markdown";
import { reading } from "./Messages";
import { JsonText, Value } from "./Value";

/** Longer texts are cut until somebody wants the rest. */
const MOST_CHARS = 12_000;

export function Parts({ parts }: { parts: readonly ShownPart[] }) {
  return (
    <>
      {parts.map((shown, index) => (
        <OnePart key={index} shown={shown} />
      ))}
    </>
  );
}

function OnePart({ shown }: { shown: ShownPart }) {
  const { part } = shown;
  switch (part.type) {
    case "text":
      return <Text text={said(part.content)} />;
    case "refusal":
      return (
        <div class="refusal">
          <span class="warned">refused</span> <Text text={said(part.content)} />
        </div>
      );
    case "reasoning":
      return <Reasoning text={said(part.content)} />;
    case "tool_call":
      return <ToolCall shown={shown} />;
    case "tool_call_response":
      return <ToolResult shown={shown} />;
    case "blob":
    case "uri":
    case "file":
      return <Media part={part} />;
    default:
      return <Other part={part} />;
  }
}

const said = (value: unknown): string =>
  typeof value === "string" ? value : value == null ? "" : JSON.stringify(value, null, 2);

export function Text({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const shown = all ? text : text.slice(0, MOST_CHARS);
  const how = reading.value === "auto" ? readingOf(text) : reading.value;
  return (
    <div class="text">
      {how === "markdown" ? (
        <Markdown text={shown} />
      ) : how === "json" && shown === text ? (
        <JsonText text={text} />
      ) : (
        <div class="plain-text">{shown}</div>
      )}
      {!all && text.length > MOST_CHARS && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          Show all {exact(text.length)} characters
        </button>
      )}
      <Button class="copy-text" label="Copy text" icon="copy" onClick={() => copy(text, "text")} />
    </div>
  );
}

function Reasoning({ text }: { text: string }) {
  if (text === "") return <p class="quiet">Reasoning: kept by the provider, not shown to us.</p>;
  return (
    <details class="reasoning">
      <summary>
        reasoning <span class="summary-text">{text}</span>
      </summary>
      <Text text={text} />
    </details>
  );
}

const nameOf = (part: Part | null): string => (typeof part?.name === "string" ? part.name : "tool");

function ToolCall({ shown: { part, answer } }: { shown: ShownPart }) {
  return (
    <div class="tool-call">
      <div class="tool-line">
        <span class="tool-name">{nameOf(part)}</span>
        <span class="quiet"> call</span>
        {typeof part.id === "string" && <span class="tool-id">{part.id}</span>}
      </div>
      <Value value={part.arguments} />
      {answer && (
        <div class="tool-answer">
          <div class="tool-line">
            <span class="quiet">result</span>
          </div>
          <Value value={answer.response} />
        </div>
      )}
    </div>
  );
}

function ToolResult({ shown: { part, call } }: { shown: ShownPart }) {
  return (
    <div class="tool-call result">
      <div class="tool-line">
        <span class="tool-name">{nameOf(call)}</span>
        <span class="quiet"> result</span>
        {typeof part.id === "string" && <span class="tool-id">{part.id}</span>}
      </div>
      <Value value={part.response} />
    </div>
  );
}

/** Pictures that came with the message are shown; nothing is ever fetched from elsewhere. */
function Media({ part }: { part: Part }) {
  const mime = typeof part.mime_type === "string" ? part.mime_type : "application/octet-stream";
  const content = part.type === "blob" && typeof part.content === "string" ? part.content : null;
  const uri = typeof part.uri === "string" ? part.uri : null;
  const source = content ? `data:${mime};base64,${content}` : uri?.startsWith("data:image/") ? uri : null;
  const isImage = part.modality === "image" || mime.startsWith("image/");
  if (source && isImage) return <img class="picture" src={source} alt={`${mime} in the message`} />;
  return (
    <div class="media">
      <span>
        {typeof part.modality === "string" ? part.modality : part.type} <span class="quiet">{mime}</span>
        {typeof part.size === "number" && <span class="quiet"> {asText(bytes(part.size))}</span>}
      </span>
      {uri && !uri.startsWith("data:") && (
        <button type="button" class="id" title="Copy the address" onClick={() => copy(uri, "address")}>
          {uri}
        </button>
      )}
      {typeof part.file_id === "string" && <span class="id">{part.file_id}</span>}
      {content && <Button label="Download" icon="download" onClick={() => void save(content, mime)} />}
      {!content && !uri && typeof part.file_id !== "string" && <span class="quiet">content was not recorded</span>}
    </div>
  );
}

function save(base64: string, mime: string): void {
  const raw = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  download(`content.${mime.split("/")[1] ?? "bin"}`, new Blob([raw], { type: mime }));
}

function Other({ part }: { part: Part }) {
  const { type, ...rest } = part;
  return (
    <div class="tool-call">
      <div class="tool-line">
        <span class="tool-name">{type}</span>
      </div>
      <Value value={rest} />
    </div>
  );
}
