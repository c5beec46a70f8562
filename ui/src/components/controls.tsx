import type { ComponentChildren, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { middle } from "../format/text";
import { copy } from "../state/toast";
import { Icon, type IconName } from "./icons";

interface ButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  readonly keys?: string;
  readonly pressed?: boolean;
  readonly onClick: () => void;
  readonly children?: ComponentChildren;
  readonly class?: string;
  readonly disabled?: boolean;
}

/** A flat button; with `children` the label is only its tooltip. */
export function Button({ label, icon, keys, pressed, onClick, children, class: extra, disabled }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${children ? "" : "square"} ${extra ?? ""}`}
      aria-label={children ? undefined : label}
      aria-pressed={pressed}
      title={keys ? `${label} (${keys})` : label}
      disabled={disabled}
      onClick={onClick}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** Shortened in the middle, whole on hover, copied on click. */
export function Id({ value, what, keep }: { value: string; what: string; keep?: number }) {
  return (
    <button type="button" class="id" title={`${value}\nclick to copy`} onClick={() => copy(value, what)}>
      <span class="hidden-label">{`Copy ${what} `}</span>
      {middle(value, keep)}
    </button>
  );
}

/** Close when the reader clicks elsewhere or presses Escape. */
export function useDismiss(box: RefObject<HTMLElement | null>, open: boolean, close: () => void): void {
  useEffect(() => {
    if (!open) return;
    const outside = (event: PointerEvent) => {
      if (!box.current?.contains(event.target as globalThis.Node)) close();
    };
    const onEscape = (event: KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    addEventListener("pointerdown", outside);
    addEventListener("keydown", onEscape, true);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("keydown", onEscape, true);
    };
  }, [open, box, close]);
}

interface MenuProps {
  readonly label: string;
  readonly icon: IconName;
  readonly text?: string;
  readonly children: (close: () => void) => ComponentChildren;
}

/** A button that opens a small panel beneath itself. */
export function Menu({ label, icon, text, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const close = useRef(() => setOpen(false)).current;
  useDismiss(box, open, close);
  return (
    <div class="menu" ref={box}>
      <button
        type="button"
        class="button"
        aria-haspopup="true"
        aria-expanded={open}
        aria-label={text ? `${label}: ${text}` : label}
        title={label}
        onClick={() => setOpen(!open)}
      >
        <Icon name={icon} />
        {text && <span class="menu-text">{text}</span>}
      </button>
      {open && <div class="menu-panel">{children(close)}</div>}
    </div>
  );
}

/** Width and height of an element, kept up to date. */
export function useSize(box: RefObject<Element | null>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  return size;
}
