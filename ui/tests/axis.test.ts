import { describe, expect, test } from "vitest";
import { at, axisOf, extent, ticks } from "../src/trace/axis";

const span = (started_ms: number, duration_ms: number | null) => ({ started_ms, duration_ms });

describe("axis", () => {
  test("covers the first start to the last end, running spans up to now", () => {
    expect(axisOf([span(100, 50), span(90, 10)], 0)).toEqual({ from: 90, length: 60 });
    expect(axisOf([span(100, null)], 300)).toEqual({ from: 100, length: 200 });
  });

  test("a clock that lags behind the spans makes nothing negative", () => {
    expect(axisOf([span(100, null)], 50).length).toBeGreaterThan(0);
    expect(axisOf([], 5).length).toBeGreaterThan(0);
  });

  test("an extent is cut at the edges and gone outside", () => {
    const axis = { from: 100, length: 100 };
    expect(extent(axis, span(150, 25), 0)).toEqual({ left: 0.5, width: 0.25, cut: false });
    expect(extent(axis, span(150, 500), 0)).toEqual({ left: 0.5, width: 0.5, cut: true });
    expect(extent(axis, span(100, 100), 0)?.cut).toBe(false);
    expect(extent(axis, span(300, 1), 0)).toBeNull();
    expect(extent(axis, span(0, 10), 0)).toBeNull();
    expect(at(axis, 1e9)).toBe(1);
  });
});

describe("ticks", () => {
  test.each([
    [1000, 5, [0, 200, 400, 600, 800]],
    [24_400, 3, [0, 10_000, 20_000]],
    [180_000, 4, [0, 60_000, 120_000]],
    [3_600_000, 6, [0, 600_000, 1_200_000, 1_800_000, 2_400_000, 3_000_000]],
    [0.8, 4, [0, 0.2, 0.4, 0.6]],
  ])("%d ms in about %d steps", (length, most, expected) => {
    const found = ticks(length, most);
    expect(found).toHaveLength(expected.length);
    for (const [n, tick] of found.entries()) expect(tick).toBeCloseTo(expected[n]!, 6);
  });

  test("count from where the view begins, on round numbers still", () => {
    expect(ticks(100, 5, 130)).toEqual([140, 160, 180, 200, 220]);
  });

  test("no room, no ticks beyond the start", () => {
    expect(ticks(1000, 0)).toEqual([0]);
  });
});
