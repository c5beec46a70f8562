import { describe, expect, test } from "vitest";
import { asText, bytes, count, duration, marked, money, plural, sourceOf, UNKNOWN } from "../src/format/number";
import { className, jsonOf, middle, oneLine, pretty, readingOf } from "../src/format/text";
import { ago, moment } from "../src/format/time";
import { span } from "./build";

describe("numbers", () => {
  test.each([
    [null, "—"],
    [0, "0 ms"],
    [0.25, "250 µs"],
    [4.2, "4.2 ms"],
    [842, "842 ms"],
    [999.6, "1.00 s"],
    [1240, "1.24 s"],
    [59_960, "1:00 min"],
    [123_000, "2:03 min"],
    [3_723_000, "1:02 h"],
    [-5, "−5.0 ms"],
  ])("duration %d", (ms, text) => expect(asText(duration(ms))).toBe(text));

  test.each([
    [null, "—"],
    [0, "0"],
    [999, "999"],
    [1000, "1.00 k"],
    [12_400, "12.4 k"],
    [999_950, "1.00 M"],
    [3.2e9, "3.20 G"],
  ])("count %d", (value, text) => expect(asText(count(value))).toBe(text));

  test("unknown is never nought, a guess says so", () => {
    expect(money(null)).toBe("—");
    expect(money(3.17, "unknown")).toBe("—");
    expect(money(0)).toBe("$0");
    expect(money(0.0031, "estimated")).toBe("~$0.0031");
    expect(money(3.17, "partial")).toBe("$3.17+");
    expect(asText(marked(UNKNOWN, "estimated"))).toBe("—");
    expect(asText(marked(count(12_400), "estimated"))).toBe("~12.4 k");
  });

  test("what was reported beside a guess is no guess", () => {
    const usage = { ...span("a").usage, input: 7, output: 9, provenance: "estimated" as const, estimated: ["output"] };
    expect(sourceOf(usage, "input")).toBe("reported");
    expect(sourceOf(usage, "output")).toBe("estimated");
    expect(sourceOf(usage, "reasoning")).toBe("unknown");
    expect(sourceOf({ ...usage, estimated: [] }, "input")).toBe("estimated");
    expect(sourceOf({ ...usage, provenance: "partial" }, "input")).toBe("partial");
  });

  test.each([
    [1234.5, "$1,235"],
    [1.005, "$1.00"],
    [0.042, "$0.0420"],
    [0.00042, "$0.00042"],
    [0.0000000042, "$0.0000000042"],
  ])("money %d", (value, text) => expect(money(value)).toBe(text));

  test("bytes and plurals", () => {
    expect(asText(bytes(512))).toBe("512 B");
    expect(asText(bytes(48_231_424))).toBe("48.2 MB");
    expect([plural(1, "span"), plural(5000, "span")]).toEqual(["1 span", "5,000 spans"]);
  });
});

describe("time", () => {
  const now = new Date(2026, 10, 21, 14, 3, 12).getTime();
  test("today has seconds, another day its date, another year its year", () => {
    expect(moment(now, now)).toBe("14:03:12");
    expect(moment(now - 86_400_000, now)).toBe("Nov 20 14:03");
    expect(moment(new Date(2025, 0, 5).getTime(), now)).toBe("Jan 5 2025");
  });
  test.each([
    [0, "now"],
    [5000, "5 s ago"],
    [125_000, "2 min ago"],
    [7_300_000, "2 h ago"],
    [200_000_000, "2 d ago"],
    [-9000, "now"],
  ])("%d ms ago", (before, text) => expect(ago(now - before, now)).toBe(text));
});

describe("text", () => {
  test("a class without its module", () => {
    expect(["openai.RateLimitError", "ValueError", "odd."].map(className)).toEqual([
      "RateLimitError",
      "ValueError",
      "odd.",
    ]);
  });

  test("ids keep both ends", () => {
    expect(middle("0123456789abcdef")).toBe("01234…bcdef");
    expect(middle("short")).toBe("short");
  });

  test("one line of Markdown", () => {
    expect(oneLine("## Title\n\n- **bold** item\n```py\nx = 1\n```\n> `code`")).toBe("Title bold item x = 1 code");
  });

  test("only objects and lists count as JSON", () => {
    expect(jsonOf('{"a":1}')).toEqual({ a: 1 });
    expect(jsonOf("12")).toBeUndefined();
    expect(jsonOf("{broken")).toBeUndefined();
  });

  test("what fits on a line stays on it, and it is still the same JSON", () => {
    const value = {
      stops: ["a", "b"],
      deep: { list: Array.from({ length: 30 }, (_, n) => `item ${n}`) },
      none: null,
      empty: {},
      nothing: [],
    };
    const text = pretty(value);
    expect(text).toContain('"stops": ["a", "b"]');
    expect(text).toContain('"empty": {}');
    expect(JSON.parse(text)).toEqual(value);
    expect(pretty("not json")).toBe("not json");
    expect(pretty(null)).toBe("null");
  });

  test.each([
    ["# Head", "markdown"],
    ["a\n- b", "markdown"],
    ["see [x](y)", "markdown"],
    ['{"a":1}', "json"],
    ["2 * 3 * 4", "plain"],
    ["[INFO] x", "plain"],
  ] as const)("%j reads as %s", (text, how) => expect(readingOf(text)).toBe(how));
});
