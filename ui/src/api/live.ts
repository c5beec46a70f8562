import { signal } from "@preact/signals";
import type { Received, TraceRow } from "./types";

export interface TraceChange {
  readonly trace_id: string;
  readonly row: TraceRow;
}

/** Whether the event stream is open, and the receiver's latest counters. */
export const connected = signal(false);
export const received = signal<Received | null>(null);

type Listener = (change: TraceChange) => void;
const listeners = new Set<Listener>();
let source: EventSource | null = null;

/** Hear of every changed trace; returns the undo. */
export function onTrace(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Open the stream once; the browser reconnects by itself. */
export function connect(): void {
  if (source) return;
  source = new EventSource("/api/v1/live");
  source.onopen = () => {
    connected.value = true;
  };
  source.onerror = () => {
    connected.value = false;
    // A refused answer closes for good: ask again, the server may be starting.
    if (source?.readyState === EventSource.CLOSED) {
      source = null;
      setTimeout(connect, 3000);
    }
  };
  source.addEventListener("trace", (event) => {
    const change = JSON.parse((event as MessageEvent<string>).data) as TraceChange;
    for (const listener of listeners) listener(change);
  });
  source.addEventListener("stats", (event) => {
    received.value = JSON.parse((event as MessageEvent<string>).data) as Received;
  });
}
