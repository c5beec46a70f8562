import { describe, expect, test } from "vitest";
import { graph } from "../src/trace/graph";
import { FOLD_FROM, inOrder, type Line, lines, reveal, tree, type View } from "../src/trace/tree";
import { span } from "./build";

const ALL: View = { closed: new Set(), unfolded: new Set(), only: "all", search: "" };
const drawn = (out: readonly Line[]) =>
  out.map(
    (line) =>
      `${"  ".repeat(line.depth)}${line.type === "fold" ? `${line.name} x${line.spans.length}` : line.span.span_id}`,
  );

const child = (id: string, parent: string, started_ms: number, given = {}) =>
  span(id, { parent_id: parent, started_ms, ...given });

describe("tree", () => {
  test("children stand by start time under their parent, in whatever order they came", () => {
    const roots = tree([child("late", "root", 5), child("early", "root", 1), span("root")]);
    expect(drawn(lines(roots, ALL))).toEqual(["root", "  early", "  late"]);
  });

  test("children of one missing parent hang under one placeholder", () => {
    const roots = tree([child("a", "gone", 1), child("b", "gone", 2), span("root", { started_ms: 9 })]);
    expect(drawn(lines(roots, ALL))).toEqual(["gone", "  a", "  b", "root"]);
    const placeholder = roots[0]!.span;
    expect(placeholder).toMatchObject({ placeholder: true, started_ms: 1, duration_ms: null, status: "running" });
    expect(placeholder.cost.total).toBeNull();
  });

  test("in a trace that is through no parent is waited for", () => {
    const roots = tree([child("a", "gone", 1), child("b", "a", 2)], false);
    expect(drawn(lines(roots, ALL))).toEqual(["a", "  b"]);
  });

  test("spans that name each other as parent are all shown, once", () => {
    const roots = tree([child("a", "b", 1), child("b", "a", 2), child("self", "self", 3)]);
    const ids = inOrder(roots).map((each) => each.span_id);
    expect([...ids].sort()).toEqual(["a", "b", "self"]);
  });

  test("five thousand levels deep does not end in an error", () => {
    const chain = Array.from({ length: 5000 }, (_, n) =>
      span(`s${n}`, { parent_id: n === 0 ? null : `s${n - 1}`, started_ms: n }),
    );
    expect(inOrder(tree(chain))).toHaveLength(5000);
  });
});

describe("folding", () => {
  const loop = [
    span("root"),
    ...Array.from({ length: FOLD_FROM }, (_, n) => child(`c${n}`, "root", n, { name: "chat" })),
  ];

  test("a run of alike siblings becomes one line, opened by its key", () => {
    const roots = tree(loop);
    const folded = lines(roots, ALL);
    expect(drawn(folded)).toEqual(["root", `  chat x${FOLD_FROM}`]);
    const opened = lines(roots, { ...ALL, unfolded: new Set([folded[1]!.key]) });
    expect(drawn(opened)).toHaveLength(2 + FOLD_FROM);
  });

  test("shorter runs and runs broken by another span stay", () => {
    const broken = tree([...loop, child("tool", "root", 1.5)]);
    expect(drawn(lines(broken, ALL))).toHaveLength(2 + FOLD_FROM);
  });

  test("a fold says how many of its spans failed, however deep", () => {
    const failing = tree([...loop, child("inner", "c1", 1, { status: "error" })]);
    expect(lines(failing, ALL)[1]).toMatchObject({ type: "fold", errors: 1 });
  });

  test("revealing a span opens what hides it, and nothing more when nothing does", () => {
    const roots = tree([...loop, child("inner", "c1", 1)]);
    const hidden: View = { ...ALL, closed: new Set(["root", "c1"]) };
    const shown = reveal(roots, "inner", hidden);
    expect(drawn(lines(roots, shown))).toContain("      inner");
    expect(reveal(roots, "inner", shown)).toBe(shown);
    expect(reveal(roots, "nowhere", hidden)).toBe(hidden);
  });
});

describe("only some", () => {
  const roots = tree([
    span("agent", { kind: "agent", status: "error" }),
    child("call", "agent", 1, { kind: "llm", model: "gpt-4o" }),
    child("tool", "agent", 2, { kind: "tool", status: "error", status_message: "Timeout" }),
    child("nested", "tool", 3, { kind: "llm" }),
  ]);

  test("matching spans move up to their nearest matching ancestor", () => {
    expect(drawn(lines(roots, { ...ALL, only: "llm" }))).toEqual(["call", "nested"]);
    expect(drawn(lines(roots, { ...ALL, only: "errors" }))).toEqual(["agent", "  tool"]);
  });

  test("words are looked for in names, models and messages of errors", () => {
    expect(drawn(lines(roots, { ...ALL, search: "GPT" }))).toEqual(["call"]);
    expect(drawn(lines(roots, { ...ALL, search: "timeout" }))).toEqual(["tool"]);
    expect(lines(roots, { ...ALL, search: "nothing" })).toEqual([]);
  });
});

test("the graph has one box per caller, kind and name", () => {
  const roots = tree([
    span("root"),
    child("c1", "root", 1, { name: "chat", kind: "llm" }),
    child("t1", "root", 2, { name: "tool", kind: "tool", status: "error" }),
    child("c2", "root", 3, { name: "chat", kind: "llm" }),
  ]);
  const { boxes, arrows, columns, rows } = graph(roots);
  expect(boxes.map((box) => [box.name, box.spans.length, box.errors, box.column])).toEqual([
    ["chat", 2, 0, 1],
    ["tool", 1, 1, 1],
    ["root", 1, 0, 0],
  ]);
  expect(arrows.map((arrow) => arrow.times)).toEqual([2, 1]);
  expect([columns, rows]).toEqual([2, 2]);
});
