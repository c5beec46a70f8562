import type { Kind, SpanRow } from "../api/types";

export interface Node {
  readonly span: SpanRow;
  readonly children: Node[];
}

/** One line of the tree: a span, or a run of alike siblings folded into one. */
export type Line = SpanLine | FoldLine;

export interface SpanLine {
  readonly type: "span";
  readonly key: string;
  readonly span: SpanRow;
  readonly depth: number;
  readonly children: number;
  readonly open: boolean;
}

export interface FoldLine {
  readonly type: "fold";
  readonly key: string;
  readonly name: string;
  readonly kind: Kind;
  readonly depth: number;
  readonly spans: readonly SpanRow[];
  readonly errors: number;
  readonly open: boolean;
}

export type Only = "all" | "llm" | "errors";

export interface View {
  /** Ids of spans whose children are hidden. */
  readonly closed: ReadonlySet<string>;
  /** Keys of folds that were opened. */
  readonly unfolded: ReadonlySet<string>;
  readonly only: Only;
  readonly search: string;
}

/** Runs shorter than this stay as they are. */
export const FOLD_FROM = 4;

/** Build the forest: children by start time; spans whose parent has yet to come hang under a placeholder. */
export function tree(spans: readonly SpanRow[], running = true): Node[] {
  const nodes = new Map(spans.map((span) => [span.span_id, { span, children: [] as Node[] }]));
  const roots: Node[] = [];
  const orphans = new Map<string, Node[]>();
  for (const node of nodes.values()) {
    const parentId = node.span.parent_id;
    if (parentId === null) roots.push(node);
    else if (nodes.has(parentId)) nodes.get(parentId)!.children.push(node);
    else orphans.set(parentId, [...(orphans.get(parentId) ?? []), node]);
  }
  for (const [parentId, children] of orphans) {
    if (running) roots.push(placeholder(parentId, children));
    else roots.push(...children);
  }
  roots.push(...cut(nodes, roots));
  sortAll(roots);
  return roots;
}

/** Spans that name each other as parent hang under no root: cut each such ring at its first span. */
function cut(nodes: ReadonlyMap<string, Node>, roots: readonly Node[]): Node[] {
  const reached = new Set(inOrder(roots));
  const found: Node[] = [];
  for (const node of nodes.values()) {
    if (reached.has(node.span)) continue;
    const siblings = nodes.get(node.span.parent_id!)!.children;
    siblings.splice(siblings.indexOf(node), 1);
    found.push(node);
    for (const span of inOrder([node])) reached.add(span);
  }
  return found;
}

function placeholder(id: string, children: Node[]): Node {
  const started = Math.min(...children.map((child) => child.span.started_ms));
  const model = children[0]!.span;
  return {
    span: {
      ...model,
      span_id: id,
      parent_id: null,
      name: "not received yet",
      kind: "other",
      operation: null,
      provider: null,
      model: null,
      status: "running",
      status_message: null,
      error_type: null,
      started_ms: started,
      duration_ms: null,
      ttft_ms: null,
      attempts: [],
      usage: {
        input: null,
        output: null,
        cache_read: null,
        cache_write: null,
        reasoning: null,
        provenance: "unknown",
        estimated: [],
      },
      cost: { ...model.cost, total: null, provenance: "unknown" },
      tool_name: null,
      agent_name: null,
      preview_in: null,
      preview_out: null,
      counted: true,
      placeholder: true,
    },
    children,
  };
}

function sortAll(roots: Node[]): void {
  const stack = [roots];
  for (let list = stack.pop(); list; list = stack.pop()) {
    list.sort((a, b) => a.span.started_ms - b.span.started_ms);
    for (const node of list) if (node.children.length) stack.push(node.children);
  }
}

/** The lines to show, top to bottom. */
export function lines(roots: readonly Node[], view: View): Line[] {
  const out: Line[] = [];
  if (view.only === "all" && view.search === "") for (const line of walk(roots, view, 0, "")) out.push(line);
  else for (const line of matching(roots, view, 0)) out.push(line);
  return out;
}

function* walk(nodes: readonly Node[], view: View, depth: number, parent: string): Generator<Line> {
  for (const run of runs(nodes)) {
    if (run.length < FOLD_FROM) {
      for (const node of run) yield* branch(node, view, depth);
      continue;
    }
    const line = fold(run, view, depth, parent);
    yield line;
    if (line.open) for (const node of run) yield* branch(node, view, depth + 1);
  }
}

function* branch(node: Node, view: View, depth: number): Generator<Line> {
  const open = node.children.length > 0 && !view.closed.has(node.span.span_id);
  yield spanLine(node, depth, open);
  if (open) yield* walk(node.children, view, depth + 1, node.span.span_id);
}

const spanLine = (node: Node, depth: number, open: boolean): SpanLine => ({
  type: "span",
  key: node.span.span_id,
  span: node.span,
  depth,
  children: node.children.length,
  open,
});

function fold(run: readonly Node[], view: View, depth: number, parent: string): FoldLine {
  const first = run[0]!.span;
  const key = `${parent}/${first.span_id}`;
  return {
    type: "fold",
    key,
    name: first.name,
    kind: first.kind,
    depth,
    spans: run.map((node) => node.span),
    errors: run.reduce((sum, node) => sum + errorsWithin(node), 0),
    open: view.unfolded.has(key),
  };
}

function errorsWithin(node: Node): number {
  return node.children.reduce((sum, child) => sum + errorsWithin(child), node.span.status === "error" ? 1 : 0);
}

const isAlike = (a: SpanRow, b: SpanRow): boolean => a.name === b.name && a.kind === b.kind;

/** Neighbours of one kind and name. */
function runs(nodes: readonly Node[]): Node[][] {
  const out: Node[][] = [];
  for (const node of nodes) {
    const last = out.at(-1);
    if (last && isAlike(last[0]!.span, node.span)) last.push(node);
    else out.push([node]);
  }
  return out;
}

/** Only the spans that match, each under its nearest ancestor that does. */
function* matching(nodes: readonly Node[], view: View, depth: number): Generator<Line> {
  for (const node of nodes) {
    const shown = matches(node.span, view);
    if (shown) yield spanLine({ span: node.span, children: [] }, depth, false);
    yield* matching(node.children, view, shown ? depth + 1 : depth);
  }
}

function matches(span: SpanRow, view: View): boolean {
  if (view.only === "llm" && span.kind !== "llm" && span.kind !== "embedding") return false;
  if (view.only === "errors" && span.status !== "error") return false;
  if (view.search === "") return true;
  const wanted = view.search.toLowerCase();
  return [
    span.name,
    span.model,
    span.tool_name,
    span.error_type,
    span.status_message,
    span.preview_in,
    span.preview_out,
  ].some((text) => text?.toLowerCase().includes(wanted));
}

/** Open whatever hides this span: closed ancestors and the folds on the way. */
export function reveal(roots: readonly Node[], spanId: string, view: View): View {
  const path = pathTo(roots, spanId);
  if (!path) return view;
  const closed = new Set(view.closed);
  const unfolded = new Set(view.unfolded);
  let siblings = roots;
  let parent = "";
  for (const node of path) {
    const run = runs(siblings).find((each) => each.includes(node))!;
    if (run.length >= FOLD_FROM) unfolded.add(`${parent}/${run[0]!.span.span_id}`);
    if (node.span.span_id !== spanId) closed.delete(node.span.span_id);
    siblings = node.children;
    parent = node.span.span_id;
  }
  const same = closed.size === view.closed.size && unfolded.size === view.unfolded.size;
  return same ? view : { ...view, closed, unfolded };
}

function pathTo(nodes: readonly Node[], spanId: string): Node[] | null {
  for (const node of nodes) {
    if (node.span.span_id === spanId) return [node];
    const rest = pathTo(node.children, spanId);
    if (rest) return [node, ...rest];
  }
  return null;
}

/** Every span, depth first in start order: what `n`, `p` and `e` step through. */
export function inOrder(roots: readonly Node[], into: SpanRow[] = []): SpanRow[] {
  for (const node of roots) {
    into.push(node.span);
    inOrder(node.children, into);
  }
  return into;
}
