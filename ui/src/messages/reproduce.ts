import type { Message, Part, SpanDetail } from "../api/types";

type Json = Record<string, unknown>;

/** A recorded call as the vendor's own request: for trying it again, so keys are never part of it. */
interface Recipe {
  readonly url: string;
  readonly headers: readonly string[];
  readonly body: Json;
  readonly python: readonly string[];
}

/** What the caller gave that is no part of the request's body under the same name, or would surprise on a retry. */
const OURS = new Set(["stream_options"]);

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value ?? null));

function recipe(detail: SpanDetail): Recipe {
  return detail.provider === "anthropic" ? anthropic(detail) : openai(detail);
}

function params(detail: SpanDetail): Json {
  return Object.fromEntries(Object.entries(detail.params).filter(([name]) => !OURS.has(name)));
}

const dataUrl = (part: Part): string =>
  `data:${part.mime_type ?? "application/octet-stream"};base64,${part.content ?? ""}`;

function openaiContent(parts: readonly Part[]): unknown {
  const shown = parts.filter((part) => ["text", "refusal", "uri", "blob"].includes(part.type));
  if (shown.every((part) => part.type === "text" || part.type === "refusal"))
    return shown.map((part) => textOf(part.content)).join("\n");
  return shown.map((part) =>
    part.type === "text"
      ? { type: "text", text: textOf(part.content) }
      : { type: "image_url", image_url: { url: part.type === "uri" ? part.uri : dataUrl(part) } },
  );
}

function openaiMessage(message: Message): Json[] {
  const results = message.parts.filter((part) => part.type === "tool_call_response");
  if (results.length > 0)
    return results.map((part) => ({ role: "tool", tool_call_id: part.id, content: textOf(part.response) }));
  const calls = message.parts
    .filter((part) => part.type === "tool_call")
    .map((part) => ({
      id: part.id,
      type: "function",
      function: { name: part.name, arguments: textOf(part.arguments) },
    }));
  const content = openaiContent(message.parts);
  return [
    {
      role: message.role,
      content: calls.length && content === "" ? null : content,
      ...(calls.length ? { tool_calls: calls } : {}),
    },
  ];
}

function openai(detail: SpanDetail): Recipe {
  const system = detail.system.length ? [{ role: "system", content: openaiContent(detail.system) }] : [];
  const tools = detail.tools.map((tool) => ({
    type: "function",
    function: {
      name: tool.name,
      ...(tool.description ? { description: tool.description } : {}),
      parameters: tool.parameters ?? {},
    },
  }));
  const body = {
    model: detail.model,
    messages: [...system, ...detail.input.flatMap(openaiMessage)],
    ...(tools.length ? { tools } : {}),
    ...params(detail),
  };
  const base = baseOf(detail, "https://api.openai.com/v1");
  const given = base === "https://api.openai.com/v1" ? "" : `base_url=${JSON.stringify(base)}`;
  return {
    url: `${base}/chat/completions`,
    headers: ["authorization: Bearer $OPENAI_API_KEY"],
    body,
    python: [
      "from openai import OpenAI",
      "",
      `client = OpenAI(${given})`,
      "response = client.chat.completions.create(",
    ],
  };
}

function baseOf(detail: SpanDetail, usual: string): string {
  const host = detail.server_address;
  if (!host || usual.includes(host)) return usual;
  const local = /^(localhost|127\.|\[?::1)/.test(host);
  return `${local ? "http" : "https"}://${host}/v1`;
}

function anthropicBlock(part: Part): Json {
  switch (part.type) {
    case "tool_call":
      return { type: "tool_use", id: part.id, name: part.name, input: part.arguments ?? {} };
    case "tool_call_response":
      return { type: "tool_result", tool_use_id: part.id, content: textOf(part.response) };
    case "uri":
      return { type: "image", source: { type: "url", url: part.uri } };
    case "blob":
      return { type: "image", source: { type: "base64", media_type: part.mime_type, data: part.content } };
    default:
      return { type: "text", text: textOf(part.content) };
  }
}

function anthropic(detail: SpanDetail): Recipe {
  const messages = detail.input.map((message) => ({
    role: message.role === "tool" ? "user" : message.role,
    // Thinking has to be signed by the vendor: it cannot be sent again from a record.
    content: message.parts.filter((part) => part.type !== "reasoning").map(anthropicBlock),
  }));
  const tools = detail.tools.map((tool) => ({
    name: tool.name,
    description: tool.description ?? "",
    input_schema: tool.parameters ?? { type: "object" },
  }));
  const body = {
    model: detail.model,
    max_tokens: 1024,
    ...(detail.system.length ? { system: detail.system.map((part) => textOf(part.content)).join("\n") } : {}),
    messages,
    ...(tools.length ? { tools } : {}),
    ...params(detail),
  };
  return {
    url: "https://api.anthropic.com/v1/messages",
    headers: ["x-api-key: $ANTHROPIC_API_KEY", "anthropic-version: 2023-06-01"],
    body,
    python: ["from anthropic import Anthropic", "", "client = Anthropic()", "response = client.messages.create("],
  };
}

/** JSON as a Python literal. */
export function python(value: unknown, indent = 0): string {
  const pad = "    ".repeat(indent + 1);
  const end = "    ".repeat(indent);
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = Array.isArray(value)
    ? value.map((each) => pad + python(each, indent + 1))
    : Object.entries(value).map(([key, each]) => `${pad}${JSON.stringify(key)}: ${python(each, indent + 1)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return inner.length ? `${open}\n${inner.join(",\n")},\n${end}${close}` : `${open}${close}`;
}

export function asPython(detail: SpanDetail): string {
  const { python: head, body } = recipe(detail);
  const given = Object.entries(body).map(([name, value]) => `    ${name}=${python(value, 1)},`);
  return [...head, ...given, ")", "print(response)", ""].join("\n");
}

/** One argument for a POSIX shell. */
const shell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

export function asCurl(detail: SpanDetail): string {
  const { url, headers, body } = recipe(detail);
  const lines = [
    `curl ${shell(url)}`,
    // Double quotes: the shell puts the key in.
    ...headers.map((header) => `-H "${header}"`),
    `-H "content-type: application/json"`,
    `-d ${shell(JSON.stringify(body, null, 2))}`,
  ];
  return lines.join(" \\\n  ");
}
