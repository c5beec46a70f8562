import type { Message, Part } from "../api/types";

/** What a message list becomes on the screen: history folded, tool results beside their calls. */
export interface Shown {
  readonly message: Message;
  readonly index: number;
  readonly isNew: boolean;
  readonly parts: readonly ShownPart[];
}

export interface ShownPart {
  readonly part: Part;
  /** For a tool call: the result that answers it, when it stands in the same region. */
  readonly answer: Part | null;
  /** For a tool result shown alone: the call that asked for it. */
  readonly call: Part | null;
}

/**
 * Pair tool calls with results by id.  A pair is joined only when both are old or both are new: a new result must not
 * disappear into folded history.  `before` was said elsewhere and only names the tools.
 */
export function paired(messages: readonly Message[], newFrom: number, before: readonly Message[] = []): Shown[] {
  const calls = index(messages, "tool_call");
  const earlier = index(before, "tool_call");
  const answers = index(messages, "tool_call_response");
  const joined = (id: string): boolean => {
    const [call, answer] = [calls.get(id), answers.get(id)];
    return call !== undefined && answer !== undefined && call.at < newFrom === answer.at < newFrom;
  };
  return messages
    .map((message, at) => ({
      message,
      index: at,
      isNew: at >= newFrom,
      parts: message.parts.flatMap((part): ShownPart[] => {
        const id = idOf(part);
        if (part.type === "tool_call") {
          return [{ part, call: null, answer: id !== null && joined(id) ? answers.get(id)!.part : null }];
        }
        if (part.type !== "tool_call_response") return [{ part, answer: null, call: null }];
        if (id !== null && joined(id)) return [];
        return [{ part, answer: null, call: (id !== null && (calls.get(id) ?? earlier.get(id))?.part) || null }];
      }),
    }))
    .filter((shown) => shown.parts.length > 0 || shown.message.parts.length === 0);
}

const idOf = (part: Part): string | null => (typeof part.id === "string" && part.id !== "" ? part.id : null);

function index(messages: readonly Message[], type: string): Map<string, { part: Part; at: number }> {
  const found = new Map<string, { part: Part; at: number }>();
  messages.forEach((message, at) => {
    for (const part of message.parts) {
      const id = idOf(part);
      if (part.type === type && id !== null && !found.has(id)) found.set(id, { part, at });
    }
  });
  return found;
}

const sameParts = (a: Message, b: Message): boolean => JSON.stringify(a.parts) === JSON.stringify(b.parts);

/** In a thread, the new messages of a turn often begin with the previous answer: it has been read already. */
export function withoutEcho(fresh: readonly Message[], previous: readonly Message[]): Message[] {
  const echo = (message: Message) =>
    message.role === "assistant" && previous.some((said) => said.role === "assistant" && alike(said, message));
  const firstOther = fresh.findIndex((message) => !echo(message));
  return firstOther < 0 ? [] : fresh.slice(firstOther);
}

/** Reasoning is rarely sent back whole: compare what is said and called. */
function alike(a: Message, b: Message): boolean {
  const spoken = (message: Message): Message => ({
    ...message,
    parts: message.parts.filter((part) => part.type !== "reasoning"),
  });
  return sameParts(spoken(a), spoken(b));
}
