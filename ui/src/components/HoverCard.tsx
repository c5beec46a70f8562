import type { SpanRow } from "../api/types";
import { UsageTable } from "./UsageTable";

export interface Hovered {
  readonly span: SpanRow;
  readonly x: number;
  readonly y: number;
}

const WIDTH = 300;

/** The token and cost split beside the figures under the pointer. */
export function HoverCard({ of }: { of: Hovered }) {
  const left = Math.max(8, Math.min(of.x - WIDTH / 2, innerWidth - WIDTH - 8));
  const below = of.y + 190 < innerHeight;
  const place = below ? { top: `${of.y + 4}px` } : { bottom: `${innerHeight - of.y + 30}px` };
  return (
    <div class="hover-card" aria-hidden="true" style={{ left: `${left}px`, ...place }}>
      <UsageTable usage={of.span.usage} cost={of.span.cost} />
    </div>
  );
}
