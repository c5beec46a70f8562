import { useState } from "preact/hooks";
import type { Message, Part, SpanDetail } from "../api/types";
import { plural } from "../format/number";
import type { Reading } from "../format/text";
import { paired, type Shown, type ShownPart } from "../messages/pairing";
import { stored } from "../state/stored";
import { Parts } from "./Parts";
import { Value } from "./Value";

export type ReadingChoice = Reading | "auto";
const READINGS: readonly (readonly [ReadingChoice, string])[] = [
  ["auto", "Auto"],
  ["markdown", "Markdown"],
  ["json", "JSON"],
  ["plain", "Plain"],
];
export const reading = stored<ReadingChoice>("reading", "auto");

export function Messages({ detail }: { detail: SpanDetail }) {
  const isCall = detail.input.length + detail.output.length + detail.system.length > 0;
  return (
    <div class="messages" data-testid="messages">
      {isCall ? <ReadingSwitch /> : null}
      {isCall ? <Call detail={detail} /> : <InOut detail={detail} />}
      {detail.truncated && <p class="warned">Some of this content was cut because it was too large.</p>}
    </div>
  );
}

function ReadingSwitch() {
  return (
    <div class="segments" role="radiogroup" aria-label="Show text as">
      {READINGS.map(([id, title]) => (
        <button
          key={id}
          type="button"
          role="radio"
          aria-checked={reading.value === id}
          onClick={() => {
            reading.value = id;
          }}
        >
          {title}
        </button>
      ))}
    </div>
  );
}

function Call({ detail }: { detail: SpanDetail }) {
  const shown = paired(detail.input, detail.new_from);
  const old = shown.filter((each) => !each.isNew);
  const fresh = shown.filter((each) => each.isNew);
  const answers = paired(detail.output, 0).filter(
    (each) => each.parts.length > 0 || isNotable(each.message.finish_reason),
  );
  return (
    <>
      <System parts={detail.system} />
      <History shown={old} />
      {fresh.map((each) => (
        <Bubble key={each.index} shown={each} highlight={old.length > 0} />
      ))}
      {answers.map((each) => (
        <Bubble key={`out${each.index}`} shown={each} highlight={false} isAnswer />
      ))}
      {answers.length === 0 && <p class="quiet no-answer">No answer was recorded.</p>}
    </>
  );
}

/** Instructions are the same in every call: one line until they are wanted. */
export function System({ parts }: { parts: readonly Part[] }) {
  if (parts.length === 0) return null;
  const text = parts.map((part) => (typeof part.content === "string" ? part.content : "")).join(" ");
  return (
    <details class="message r-system" open={text.length < 160}>
      <summary>
        <span class="role">system</span>
        <span class="summary-text">{text}</span>
      </summary>
      <Parts parts={parts.map(alone)} />
    </details>
  );
}

export const alone = (part: Part): ShownPart => ({ part, answer: null, call: null });

/** What the model had been told before: folded, because it was read in the call before. */
function History({ shown }: { shown: readonly Shown[] }) {
  const [open, setOpen] = useState(false);
  if (shown.length === 0) return null;
  return (
    <>
      <button type="button" class="history" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? "Hide" : "Show"} {plural(shown.length, "earlier message")} the previous call had already
      </button>
      {open && shown.map((each) => <Bubble key={each.index} shown={each} highlight={false} />)}
    </>
  );
}

interface BubbleProps {
  readonly shown: Shown;
  /** Mark what is new since the previous call. */
  readonly highlight: boolean;
  readonly isAnswer?: boolean;
}

export function Bubble({ shown, highlight, isAnswer }: BubbleProps) {
  const { message } = shown;
  // A tool's result says by itself what it is.
  const isResult = message.role === "tool" && shown.parts.every(({ part }) => part.type === "tool_call_response");
  return (
    <article
      class={`message r-${roleClass(message)} ${highlight ? "is-new" : ""} ${isAnswer ? "answer" : ""}`}
      data-role={message.role}
    >
      {highlight && <span class="new-mark">new</span>}
      {!isResult && (
        <header>
          <span class="role">{message.role}</span>
          {message.name && <span class="quiet"> {message.name}</span>}
          {isNotable(message.finish_reason) && <span class="warned"> {message.finish_reason}</span>}
        </header>
      )}
      {shown.parts.length === 0 ? <p class="quiet">empty</p> : <Parts parts={shown.parts} />}
    </article>
  );
}

/** How an answer usually ends needs no words: a limit or a filter does. */
const USUAL = new Set(["stop", "end_turn", "stop_sequence", "tool_calls", "tool_call", "tool_use", "completed"]);
const isNotable = (reason: string | null): boolean => reason !== null && !USUAL.has(reason);

const ROLES = new Set(["system", "developer", "user", "assistant", "tool"]);
const roleClass = (message: Message): string => (ROLES.has(message.role) ? message.role : "other");

/** A span that is not a call to a model: what went in, what came out. */
function InOut({ detail }: { detail: SpanDetail }) {
  const nothing = isNothing(detail.input_value) && isNothing(detail.output_value);
  if (nothing) return <p class="quiet">No input or output was recorded for this span.</p>;
  return (
    <>
      <Side title="input" value={detail.input_value} speaker="user" />
      <Side title="output" value={detail.output_value} speaker="assistant" />
    </>
  );
}

const isNothing = (value: unknown): boolean => value === null || value === undefined;

function Side({ title, value, speaker }: { title: string; value: unknown; speaker: string }) {
  return (
    <article class={`message r-${speaker}`}>
      <header>
        <span class="role">{title}</span>
      </header>
      {isNothing(value) ? <span class="none">—</span> : <Value value={value} />}
    </article>
  );
}
