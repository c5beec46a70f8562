import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../api/client";
import { askServer, type Choice, localChoices, type Slot, slotAt, take } from "../query/complete";
import { Icon } from "./icons";

/** The one filter box of the page can be reached from anywhere (`/`, the palette). */
let box: HTMLInputElement | null = null;
export const focusFilter = (): void => {
  box?.focus();
  box?.select();
};

interface Completion {
  readonly slot: Slot;
  readonly choices: readonly Choice[];
}

const MOST_CHOICES = 12;

function useCompletion() {
  const [completion, setCompletion] = useState<Completion | null>(null);
  const turn = useRef(0);
  const close = () => {
    turn.current++;
    setCompletion(null);
  };
  const look = async (query: string, caret: number) => {
    const mine = ++turn.current;
    const slot = slotAt(query, caret);
    const local = localChoices(slot);
    if (!askServer(slot)) {
      setCompletion(local.length ? { slot, choices: local.slice(0, MOST_CHOICES) } : null);
      return;
    }
    const answer = await get("/api/v1/complete", { field: slot.field, prefix: slot.prefix }).catch(() => null);
    if (mine !== turn.current) return;
    const choices = (answer?.values ?? []).slice(0, MOST_CHOICES).map((text) => ({ text, hint: "" }));
    setCompletion(choices.length ? { slot, choices } : null);
  };
  return { completion, look, close };
}

interface FilterBoxProps {
  readonly query: string;
  readonly apply: (query: string) => void;
  readonly invalid: boolean;
}

export function FilterBox({ query, apply, invalid }: FilterBoxProps) {
  const [draft, setDraft] = useState(query);
  const [active, setActive] = useState(-1);
  const { completion, look, close } = useCompletion();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setDraft(query), [query]);
  useEffect(() => {
    box = input.current;
    return () => {
      box = null;
    };
  }, []);

  const caret = () => input.current?.selectionStart ?? draft.length;
  const type = (text: string) => {
    setDraft(text);
    setActive(-1);
    void look(text, caret());
  };
  const choose = (choice: Choice) => {
    if (!completion) return;
    const next = take(draft, completion.slot, choice.text);
    setDraft(next.query);
    setActive(-1);
    requestAnimationFrame(() => {
      input.current?.setSelectionRange(next.caret, next.caret);
      void look(next.query, next.caret);
    });
  };
  const submit = () => {
    close();
    apply(draft.trim());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const choices = completion?.choices ?? [];
    const move = (by: number) => {
      event.preventDefault();
      if (choices.length) setActive((active + by + choices.length + (active < 0 && by < 0 ? 1 : 0)) % choices.length);
      else void look(draft, caret());
    };
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Tab" && choices.length && !event.shiftKey && draft !== "") {
      event.preventDefault();
      choose(choices[Math.max(0, active)]!);
    } else if (event.key === "Enter") {
      if (active >= 0) choose(choices[active]!);
      else submit();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (completion) close();
      else {
        setDraft(query);
        input.current?.blur();
      }
    }
  };

  return (
    <div class="filter" role="search">
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        class={invalid ? "invalid" : ""}
        role="combobox"
        aria-label="Filter traces"
        aria-expanded={completion !== null}
        aria-controls="filter-choices"
        aria-autocomplete="list"
        aria-invalid={invalid}
        aria-activedescendant={active >= 0 ? `filter-choice-${active}` : undefined}
        placeholder='Filter: status:error model:gpt-4o* cost>0.01 "any words"'
        autocomplete="off"
        spellcheck={false}
        value={draft}
        onInput={(event) => type(event.currentTarget.value)}
        onFocus={() => void look(draft, caret())}
        onClick={() => void look(draft, caret())}
        onBlur={close}
        onKeyDown={onKeyDown}
        data-testid="filter"
      />
      {draft !== "" && (
        <button type="button" class="filter-clear" aria-label="Clear filter" onClick={() => apply("")}>
          <Icon name="close" />
        </button>
      )}
      <kbd class={draft.trim() === query ? "filter-key" : "filter-key pending"}>
        {draft.trim() === query ? "/" : "↵"}
      </kbd>
      {completion && <Choices choices={completion.choices} active={active} choose={choose} />}
    </div>
  );
}

interface ChoicesProps {
  readonly choices: readonly Choice[];
  readonly active: number;
  readonly choose: (choice: Choice) => void;
}

function Choices({ choices, active, choose }: ChoicesProps) {
  return (
    <div class="choices" role="listbox" id="filter-choices" aria-label="Completions">
      {choices.map((choice, index) => (
        <div
          key={choice.text}
          id={`filter-choice-${index}`}
          class="choice"
          role="option"
          tabIndex={-1}
          aria-selected={index === active}
          // Keeps the focus in the box: a click must not close the list before it is heard.
          onPointerDown={(event) => {
            event.preventDefault();
            choose(choice);
          }}
        >
          <span>{choice.text}</span>
          <span class="hint">{choice.hint}</span>
        </div>
      ))}
    </div>
  );
}
