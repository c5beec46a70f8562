import type { SpanDetail } from "../api/types";
import { Value } from "./Value";

/** The tools the model was offered, the ones it called first. */
export function Tools({ detail }: { detail: SpanDetail }) {
  const called = new Set(
    detail.output.flatMap((message) =>
      message.parts.filter((part) => part.type === "tool_call").map((part) => part.name),
    ),
  );
  const sorted = [...detail.tools].sort((a, b) => Number(called.has(b.name)) - Number(called.has(a.name)));
  return (
    <div class="tool-list">
      {sorted.map((tool) => (
        <details key={tool.name} class="offered">
          <summary>
            <span class="tool-name">{tool.name}</span>
            {called.has(tool.name) && <span class="called"> called</span>}
            <span class="quiet"> {tool.description ?? "no description"}</span>
          </summary>
          {tool.description && <p class="tool-description">{tool.description}</p>}
          {tool.parameters ? <Value value={tool.parameters} /> : <p class="quiet">No parameters were declared.</p>}
        </details>
      ))}
    </div>
  );
}
