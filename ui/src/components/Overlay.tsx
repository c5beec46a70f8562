import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface OverlayProps {
  readonly label: string;
  readonly close: () => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A modal dialog, by the browser's own: focus trap, Escape and focus return come with it. */
export function Overlay({ label, close, class: extra, children }: OverlayProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class={`overlay ${extra ?? ""}`}
      aria-label={label}
      onClose={close}
      onKeyDown={(event) => event.key === "Escape" && close()}
      onPointerDown={(event) => event.target === dialog.current && close()}
    >
      <div class="overlay-body">{children}</div>
    </dialog>
  );
}
