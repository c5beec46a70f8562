import type { paths } from "./schema";

type Gettable = { [P in keyof paths]: paths[P] extends { get: unknown } ? P : never }[keyof paths];
type Answer<P extends keyof paths, M extends "get" | "post"> = paths[P] extends {
  [K in M]: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** What the server said was wrong, or what kept us from asking it. */
export class Problem extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    readonly position: number | null = null,
  ) {
    super(message);
  }
}

const UNREACHABLE = "The server does not answer. Is `limelight serve` still running? This page tries again by itself.";

/** Fill `{names}` of the path from `query`; what is left becomes the query string. */
export function address(path: string, query: Query = {}): string {
  const rest = new Map(Object.entries(query));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(String(value ?? ""));
  });
  const search = new URLSearchParams();
  for (const [name, value] of rest) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

export const get = <P extends Gettable>(path: P, query?: Query, signal?: AbortSignal): Promise<Answer<P, "get">> =>
  ask(address(path, query), signal ? { signal } : {});

export const post = <P extends keyof paths>(path: P, query?: Query): Promise<Answer<P, "post">> =>
  ask(address(path, query), { method: "POST" });

async function ask<Body>(url: string, init: RequestInit): Promise<Body> {
  const response = await fetch(url, init).catch((error: unknown) => {
    if (isAbort(error)) throw error;
    throw new Problem(UNREACHABLE, "unreachable", 0);
  });
  if (response.ok) return (await response.json()) as Body;
  throw await problemOf(response);
}

async function problemOf(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => null)) as {
    error?: { code?: string; message?: string; position?: number | null };
  } | null;
  const said = body?.error;
  return new Problem(
    said?.message ?? `The server answered ${response.status} ${response.statusText}`.trim(),
    said?.code ?? "http",
    response.status,
    said?.position ?? null,
  );
}

export const isAbort = (error: unknown): boolean => error instanceof DOMException && error.name === "AbortError";

export const problem = (error: unknown): Problem =>
  error instanceof Problem ? error : new Problem(error instanceof Error ? error.message : String(error), "client", 0);
