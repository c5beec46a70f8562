import type { Kind, SpanRow } from "../api/types";
import { shortName } from "./names";
import type { Node } from "./tree";

/** Spans of one kind and name under the same caller, drawn as one box. */
export interface Box {
  readonly id: string;
  readonly name: string;
  readonly kind: Kind;
  readonly spans: readonly SpanRow[];
  readonly errors: number;
  readonly column: number;
  /** In rows, may be half of one. */
  readonly row: number;
}

export interface Arrow {
  readonly from: Box;
  readonly to: Box;
  readonly times: number;
}

export interface GraphShape {
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
  readonly columns: number;
  readonly rows: number;
}

/** Past this a graph explains nothing any more. */
export const MOST_BOXES = 150;

/** Who called what, left to right: one box per caller, kind and name, however often it was called. */
export function graph(roots: readonly Node[]): GraphShape {
  const boxes: Box[] = [];
  const arrows: Arrow[] = [];
  let rows = 0;
  let columns = 0;

  const place = (alike: readonly Node[], column: number): Box => {
    const { kind, span_id } = alike[0]!.span;
    const name = shortName(alike[0]!.span);
    columns = Math.max(columns, column + 1);
    const children = boxes.length < MOST_BOXES ? groups(alike.flatMap((node) => node.children)) : [];
    const placed = children.map((group) => place(group, column + 1));
    const row = placed.length > 0 ? (placed[0]!.row + placed.at(-1)!.row) / 2 : rows++;
    const spans = alike.map((node) => node.span);
    const errors = spans.filter((span) => span.status === "error").length;
    const box: Box = { id: span_id, name, kind, spans, errors, column, row };
    boxes.push(box);
    for (const to of placed) arrows.push({ from: box, to, times: to.spans.length });
    return box;
  };
  for (const group of groups(roots)) place(group, 0);
  return { boxes, arrows, columns, rows };
}

function groups(nodes: readonly Node[]): Node[][] {
  const found = new Map<string, Node[]>();
  for (const node of nodes) {
    const key = `${node.span.kind}\n${node.span.name}`;
    const group = found.get(key);
    if (group) group.push(node);
    else found.set(key, [node]);
  }
  return [...found.values()];
}
