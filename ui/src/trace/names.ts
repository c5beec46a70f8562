import type { SpanRow } from "../api/types";

/** A name without what the kind mark in front of it says already: that it is a tool or an agent. */
export function shortName({ name, tool_name, agent_name }: SpanRow): string {
  if (tool_name !== null && name === `execute_tool ${tool_name}`) return tool_name;
  return agent_name !== null && name === `invoke_agent ${agent_name}` ? agent_name : name;
}
