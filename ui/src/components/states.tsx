import type { ComponentChildren } from "preact";
import type { Problem } from "../api/client";
import { Button } from "./controls";

/** What every screen shows when it cannot show its data: said once, designed once. */
export function Notice({
  title,
  children,
  action,
}: {
  title: string;
  children?: ComponentChildren;
  action?: ComponentChildren;
}) {
  return (
    <div class="notice">
      <h1>{title}</h1>
      {children && <div class="notice-text">{children}</div>}
      {action && <div class="notice-actions">{action}</div>}
    </div>
  );
}

export function Failed({ problem, retry, what }: { problem: Problem; retry: () => void; what: string }) {
  return (
    <div role="alert">
      <Notice
        title={problem.status === 404 ? `No such ${what}` : `Could not load the ${what}`}
        action={
          <Button label="Try again" onClick={retry}>
            Try again
          </Button>
        }
      >
        {problem.message}
      </Notice>
    </div>
  );
}

/** Grey lines where rows will be; shown only after a moment, so that fast answers never flicker. */
export function Loading({ rows, what }: { rows: number; what: string }) {
  return (
    <div class="loading" role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} class={`loading-row w${(row * 7) % 5}`} />
      ))}
    </div>
  );
}
