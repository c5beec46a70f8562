import { describe, expect, test } from "vitest";
import { askServer, localChoices, slotAt, take } from "../src/query/complete";
import { exclude, presence, toggle, widen } from "../src/query/edit";
import { quote, terms } from "../src/query/terms";

describe("terms", () => {
  test("fields, comparisons, negation, phrases and words", () => {
    const found = terms('model:gpt-4o* cost>=0.01 -status:ok "two words" refund attr.a.b-c:x');
    expect(found.map(({ field, comparison, value, negated }) => [field, comparison, value, negated])).toEqual([
      ["model", ":", "gpt-4o*", false],
      ["cost", ">=", "0.01", false],
      ["status", ":", "ok", true],
      [null, null, "two words", false],
      [null, null, "refund", false],
      ["attr.a.b-c", ":", "x", false],
    ]);
  });

  test("blanks and escaped quotes inside quotes belong to the value", () => {
    expect(terms('name:"say \\"hi\\" now" x').map((term) => term.value)).toEqual(['say "hi" now', "x"]);
  });

  test("positions cut the query back into its terms", () => {
    const query = '  -tag:"a b"   word ';
    expect(terms(query).map((term) => query.slice(term.start, term.end))).toEqual(['-tag:"a b"', "word"]);
  });

  test("an open quote runs to the end and says so", () => {
    expect(terms('name:"half way').map(({ value, closed }) => [value, closed])).toEqual([["half way", false]]);
  });

  test("a lone minus and a time of day are words", () => {
    expect(terms("- 12:30").map((term) => term.field)).toEqual([null, null]);
  });

  test.each([
    ["plain", "plain"],
    ["two words", '"two words"'],
    ['a"b', '"a\\"b"'],
    ["a|b", '"a|b"'],
    ["-x", '"-x"'],
    ["", '""'],
  ])("quoting %j survives reading", (value, written) => {
    expect(quote(value)).toBe(written);
    expect(terms(`name:${quote(value)}`)[0]?.value).toBe(value);
  });
});

describe("editing by facets", () => {
  test("toggling twice changes nothing", () => {
    const query = 'cost>1 "a b"';
    const once = toggle(query, "model", "gpt-4o");
    expect(once).toBe('cost>1 "a b" model:gpt-4o');
    expect(toggle(once, "model", "gpt-4o")).toBe(query);
  });

  test("asking for what was excluded replaces the exclusion", () => {
    expect(toggle("-tag:beta x", "tag", "beta")).toBe("x tag:beta");
    expect(exclude("tag:beta x", "tag", "beta")).toBe("x -tag:beta");
  });

  test("alternatives grow and shrink", () => {
    const both = widen("model:a word", "model", "b");
    expect(both).toBe("model:a|b word");
    expect(presence(both, "model", "b")).toBe("in");
    expect(widen(both, "model", "a")).toBe("model:b word");
  });

  test("blanks inside a phrase are kept", () => {
    expect(toggle('"a   b"', "tag", "x")).toBe('"a   b" tag:x');
  });
});

describe("completion", () => {
  const at = (marked: string) => slotAt(marked.replace("^", ""), marked.indexOf("^"));

  test("between terms any field may begin", () => {
    expect(at("status:ok ^")).toMatchObject({ kind: "field", prefix: "" });
    expect(localChoices(at("^")).length).toBeGreaterThan(10);
  });

  test("a half-typed word is the prefix of a field", () => {
    expect(localChoices(at("mo^")).map((choice) => choice.text)).toEqual(["model:"]);
  });

  test("after a colon its values, the closed sets without asking", () => {
    expect(localChoices(at("status:e^")).map((choice) => choice.text)).toEqual(["error"]);
    expect(askServer(at("status:e^"))).toBe(false);
    expect(askServer(at("model:g^"))).toBe(true);
    expect(at("model:g^")).toMatchObject({ field: "model", prefix: "g" });
  });

  test("in alternatives only the last one is completed", () => {
    const slot = at("model:a|gp^");
    expect(slot.prefix).toBe("gp");
    expect(take("model:a|gp", slot, "gpt 5").query).toBe('model:a|"gpt 5" ');
  });

  test("a choice in the middle keeps what follows", () => {
    const query = "mo cost>1";
    const taken = take(query, slotAt(query, 2), "model:");
    expect(taken).toEqual({ query: "model:cost>1", caret: 6 });
    const valued = take("model:g cost>1", slotAt("model:g cost>1", 7), "gpt-4o");
    expect(valued).toEqual({ query: "model:gpt-4o cost>1", caret: 13 });
  });

  test("negation is kept when the field is completed", () => {
    const taken = take("-mo", slotAt("-mo", 3), "model:");
    expect(taken.query).toBe("-model:");
  });
});
