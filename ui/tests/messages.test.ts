import { describe, expect, test } from "vitest";
import type { SpanDetail } from "../src/api/types";
import { paired, withoutEcho } from "../src/messages/pairing";
import { asCurl, asPython, python } from "../src/messages/reproduce";
import { call, message, result, span, text } from "./build";

describe("pairing", () => {
  const talk = [
    message("user", text("hi")),
    message("assistant", call("1"), call("2")),
    message("tool", result("1")),
    message("tool", result("2")),
  ];

  test("a result stands with its call, and only there", () => {
    const shown = paired(talk, 0);
    expect(shown.map((each) => each.message.role)).toEqual(["user", "assistant"]);
    expect(shown[1]!.parts.map(({ answer }) => answer?.id)).toEqual(["1", "2"]);
  });

  test("a new result of an old call stays where it is new, and names its call", () => {
    const shown = paired(talk, 3);
    const last = shown.at(-1)!;
    expect(last).toMatchObject({ isNew: true });
    expect(last.parts[0]!.call).toMatchObject({ name: "lookup" });
    expect(shown[1]!.parts.map(({ answer }) => answer?.id ?? null)).toEqual(["1", null]);
  });

  test("results without id, or without call, are shown alone", () => {
    const shown = paired(
      [message("tool", { type: "tool_call_response", response: "x" }), message("tool", result("9"))],
      0,
    );
    expect(shown).toHaveLength(2);
  });

  test("a call said in the turn before names the result", () => {
    const shown = paired([message("tool", result("7"))], 0, [message("assistant", call("7", "search"))]);
    expect(shown[0]!.parts[0]!.call).toMatchObject({ name: "search" });
  });

  test("a message without parts is kept: it was sent", () => {
    expect(paired([message("assistant")], 0)).toHaveLength(1);
  });
});

describe("echo", () => {
  const answer = message("assistant", { type: "reasoning", content: "…" }, text("done"));
  test("the previous answer is not read twice, with or without its reasoning", () => {
    const fresh = [message("assistant", text("done")), message("user", text("more"))];
    expect(withoutEcho(fresh, [answer]).map((each) => each.role)).toEqual(["user"]);
  });
  test("another answer is", () => {
    expect(withoutEcho([message("assistant", text("other"))], [answer])).toHaveLength(1);
  });
});

function detail(given: Partial<SpanDetail>): SpanDetail {
  return {
    ...span("s", { kind: "llm", model: "m" }),
    system: [],
    input: [],
    output: [],
    tools: [],
    params: {},
    server_address: null,
    ...given,
  } as SpanDetail;
}

describe("the call again", () => {
  test("Python literals", () => {
    expect(python({ a: [true, null, "x"], b: {} })).toBe(
      '{\n    "a": [\n        True,\n        None,\n        "x",\n    ],\n    "b": {},\n}',
    );
  });

  test("OpenAI: system, tools, calls and results in the vendor's shape, no key", () => {
    const code = asPython(
      detail({
        provider: "openai",
        system: [text("be brief")],
        input: [message("user", text("hi")), message("assistant", call("1")), message("tool", result("1"))],
        tools: [{ name: "lookup", description: null, parameters: { type: "object" }, type: "function" }],
        params: { temperature: 0.2, stream: true },
      }),
    );
    expect(code).toContain('"role": "system"');
    expect(code).toContain('"tool_call_id": "1"');
    expect(code).toContain('"arguments": "{\\"q\\":1}"');
    expect(code).toContain("    temperature=0.2,");
    expect(code).not.toMatch(/sk-|api_key/);
  });

  test("Anthropic: blocks, max_tokens, the recorded value winning", () => {
    const code = asPython(
      detail({ provider: "anthropic", input: [message("tool", result("1"))], params: { max_tokens: 9 } }),
    );
    expect(code).toContain("client.messages.create(");
    expect(code).toContain('"type": "tool_result"');
    expect(code.match(/max_tokens=/g)).toHaveLength(1);
    expect(code).toContain("max_tokens=9");
  });

  test("curl quotes for the shell and leaves the key to it", () => {
    const command = asCurl(
      detail({ provider: "ollama", server_address: "localhost:11434", input: [message("user", text("it's"))] }),
    );
    expect(command).toContain("'http://localhost:11434/v1/chat/completions'");
    expect(command).toContain("it'\\''s");
    expect(command).toContain('"authorization: Bearer $OPENAI_API_KEY"');
  });
});
