import type { ComponentChildren } from "preact";

/** Names and values in two columns; absent values are said to be unknown, never left out silently. */
export function Facts({ children }: { children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children?: ComponentChildren }) {
  const nothing = children === null || children === undefined || children === "";
  return (
    <div>
      <dt>{name}</dt>
      <dd>{nothing ? <span class="none">—</span> : children}</dd>
    </div>
  );
}
