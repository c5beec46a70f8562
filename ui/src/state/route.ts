import { computed, signal } from "@preact/signals";

export type TraceView = "waterfall" | "conversation" | "graph" | "raw";
export type Tab = "messages" | "tools" | "params" | "usage" | "timing" | "attributes" | "events";

export interface TracesRoute {
  readonly page: "traces";
  readonly q: string;
  /** A preset such as `1h`, or null when `from` and `to` say it, or nothing does. */
  readonly range: string | null;
  readonly from: number | null;
  readonly to: number | null;
}

export interface TraceRoute {
  readonly page: "trace";
  readonly traceId: string;
  readonly span: string | null;
  readonly view: TraceView;
  readonly tab: Tab | null;
  readonly only: "all" | "llm" | "errors";
  readonly find: string;
  /** The stretch of the time axis that is shown, in milliseconds after the trace's start. */
  readonly zoom: readonly [number, number] | null;
}

export type Route = TracesRoute | TraceRoute | { readonly page: "health" } | { readonly page: "lost" };

const VIEWS: readonly TraceView[] = ["waterfall", "conversation", "graph", "raw"];
const TABS: readonly Tab[] = ["messages", "tools", "params", "usage", "timing", "attributes", "events"];

const oneOf = <T extends string>(value: string | null, allowed: readonly T[]): T | null =>
  allowed.find((each) => each === value) ?? null;

function time(value: string | null): number | null {
  const ms = value === null || value === "" ? Number.NaN : Number(value);
  return Number.isFinite(ms) ? ms : null;
}

function stretch(value: string | null): readonly [number, number] | null {
  const match = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(value ?? "");
  const [from, to] = [Number(match?.[1]), Number(match?.[2])];
  return from < to ? [from, to] : null;
}

export function parse(url: URL): Route {
  const { pathname, searchParams: search } = url;
  if (pathname === "/") {
    const [from, to] = [time(search.get("from")), time(search.get("to"))];
    return { page: "traces", q: search.get("q") ?? "", range: search.get("range"), from, to };
  }
  if (pathname === "/health") return { page: "health" };
  const trace = /^\/t\/([^/]+)\/?$/.exec(pathname);
  if (!trace) return { page: "lost" };
  return {
    page: "trace",
    traceId: decodeURIComponent(trace[1]!),
    span: search.get("s"),
    view: oneOf(search.get("view"), VIEWS) ?? "waterfall",
    tab: oneOf(search.get("tab"), TABS),
    only: oneOf(search.get("only"), ["llm", "errors"] as const) ?? "all",
    find: search.get("find") ?? "",
    zoom: stretch(search.get("zoom")),
  };
}

/** The address of a route, defaults left out, so that equal states have equal addresses. */
export function format(route: Route): string {
  switch (route.page) {
    case "traces":
      return `/${search({ q: route.q, range: route.range, from: route.from, to: route.to })}`;
    case "trace": {
      const { span, view, tab, only, find, zoom } = route;
      const rest = {
        s: span,
        view: view === "waterfall" ? null : view,
        tab,
        only: only === "all" ? null : only,
        find,
        zoom: zoom?.join("-") ?? null,
      };
      return `/t/${encodeURIComponent(route.traceId)}${search(rest)}`;
    }
    default:
      return route.page === "health" ? "/health" : "/";
  }
}

function search(values: Readonly<Record<string, string | number | null>>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value !== null && value !== "") params.set(name, String(value));
  // Readable addresses: `model:gpt-4o*` rather than `model%3Agpt-4o*`.
  const text = params.toString().replaceAll("%3A", ":").replaceAll("%3E", ">").replaceAll("%3C", "<");
  return text ? `?${text}` : "";
}

export const traceRoute = (traceId: string, span: string | null = null): TraceRoute => ({
  page: "trace",
  traceId,
  span,
  view: "waterfall",
  tab: null,
  only: "all",
  find: "",
  zoom: null,
});

export const EVERYTHING: TracesRoute = { page: "traces", q: "", range: null, from: null, to: null };

const here = (): Route => parse(new URL(globalThis.location?.href ?? "http://localhost/"));

export const route = signal<Route>(here());
export const page = computed(() => route.value.page);

/** Where Esc leads back to. */
let lastList: TracesRoute = route.peek().page === "traces" ? (route.peek() as TracesRoute) : EVERYTHING;

/** Go there; a new history entry unless `replace`. */
export function go(next: Route, how: { replace?: boolean } = {}): void {
  const from = route.peek();
  const url = format(next);
  const entry: Entry = { fromList: from.page === "traces", fromTrace: from.page === "trace" };
  if (how.replace) history.replaceState(history.state, "", url);
  else history.pushState(entry, "", url);
  settle(next);
}

/** What a history entry remembers of the one before it. */
interface Entry {
  readonly fromList: boolean;
  readonly fromTrace: boolean;
}

const entry = (): Partial<Entry> => (history.state as Entry | null) ?? {};

function settle(next: Route): void {
  if (next.page === "traces") lastList = next;
  route.value = next;
}

/** Back to the list, to the very history entry when we came from it. */
export function backToList(): void {
  if (entry().fromList) history.back();
  else go(lastList);
}

/** Back to a trace without its panel, on screens where the panel covers it. */
export function closePanel(at: TraceRoute): void {
  if (entry().fromTrace) history.back();
  else go({ ...at, span: null }, { replace: true });
}

export function listen(): () => void {
  const popped = () => settle(here());
  addEventListener("popstate", popped);
  return () => removeEventListener("popstate", popped);
}

/** Let a plain click on an in-app link stay in the page; every other click is the browser's. */
export function follow(event: MouseEvent, next: Route): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return;
  event.preventDefault();
  go(next);
}
