import { describe, expect, test } from "vitest";
import { address } from "../src/api/client";
import { columnsFor } from "../src/components/columns";
import { label, resolve } from "../src/state/range";
import { EVERYTHING, format, parse, type Route, traceRoute } from "../src/state/route";

const read = (path: string): Route => parse(new URL(path, "http://localhost"));

describe("addresses of pages", () => {
  const trace = traceRoute("abc", "def");
  test.each<Route>([
    EVERYTHING,
    { page: "traces", q: 'model:gpt-4o* "a b" cost>0.01 é&=', range: "1h", from: null, to: null },
    { page: "traces", q: "", range: null, from: 1000, to: 2000 },
    trace,
    { ...trace, view: "conversation", tab: "usage", only: "errors", find: "x y", zoom: [1.5, 20] },
    { page: "health" },
  ])("say everything: $page", (route) => {
    expect(read(format(route))).toEqual(route);
  });

  test("defaults are left out", () => {
    expect(format(EVERYTHING)).toBe("/");
    expect(format(traceRoute("abc"))).toBe("/t/abc");
  });

  test("nonsense is ignored, unknown pages are said to be", () => {
    expect(read("/t/abc?view=sideways&tab=&only=all&zoom=9-3")).toEqual(traceRoute("abc"));
    expect(read("/?from=yesterday")).toEqual(EVERYTHING);
    expect(read("/elsewhere").page).toBe("lost");
  });
});

describe("time range", () => {
  const HOUR = 3_600_000;
  const now = 1_000 * HOUR;
  test("since first data, at most a day", () => {
    const young = resolve(EVERYTHING, { first_ms: now - 2 * HOUR, last_ms: now }, now);
    expect(young.from).toBe(now - 2 * HOUR - 1000);
    expect(young.to).toBeNull();
    expect(resolve(EVERYTHING, { first_ms: 0, last_ms: now }, now).from).toBe(now - 24 * HOUR - 1000);
  });
  test("old data only: the last day that has any", () => {
    const old = resolve(EVERYTHING, { first_ms: 0, last_ms: now - 100 * HOUR }, now);
    expect(old).toEqual({ from: now - 124 * HOUR - 1000, to: now - 100 * HOUR + 1000 });
  });
  test("what was chosen wins", () => {
    expect(resolve({ ...EVERYTHING, range: "1h" }, null, now)).toEqual({ from: now - HOUR, to: null });
    expect(resolve({ ...EVERYTHING, range: "1h", from: 5, to: 9 }, null, now)).toEqual({ from: 5, to: 9 });
    expect(label({ ...EVERYTHING, range: "7d" })).toBe("Last 7 days");
  });
});

test("addresses of the API: names filled, absent values left out", () => {
  expect(address("/api/v1/traces/{trace_id}", { trace_id: "a/b" })).toBe("/api/v1/traces/a%2Fb");
  expect(address("/api/v1/traces", { q: "a b", to_ms: null, cursor: undefined, limit: 0 })).toBe(
    "/api/v1/traces?q=a+b&limit=0",
  );
});

test("columns nobody fills are not shown, and a narrow list keeps the words", () => {
  const ids = (width: number) => columnsFor([], width).map((column) => column.id);
  expect(ids(2000)).not.toContain("score");
  expect(ids(560)).toEqual(expect.arrayContaining(["time", "status", "name", "text", "duration"]));
  expect(ids(560)).not.toContain("models");
});
