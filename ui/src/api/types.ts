import type { components } from "./schema";

type Schemas = components["schemas"];

export type Provenance = Schemas["Provenance"];
export type Status = Schemas["Status"];
export type Kind = Schemas["Kind"];
export type Usage = Schemas["Usage"];
export type Cost = Schemas["Cost"];
export type TraceRow = Schemas["TraceRow"];
export type TraceList = Schemas["TraceList"];
export type Histogram = Schemas["Histogram"];
export type Facet = Schemas["Facet"];
export type SpanLine = Schemas["SpanLine"];
export type SpanRow = Pick<Schemas["SpanDetail"], keyof SpanLine | "placeholder">;
export type TraceDetail = Omit<Schemas["TraceDetail"], "spans"> & { readonly spans: readonly SpanRow[] };
export type SpanDetail = Schemas["SpanDetail"];
export type Message = Schemas["Message"];
export type Part = Schemas["Part"];
export type Attempt = Schemas["Attempt"];
export type Health = Schemas["Health"];
export type Received = Schemas["Received"];
