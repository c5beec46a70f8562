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

type OpenListener = (again: boolean) => void;
const openListeners = new Set<OpenListener>();

/** Hear that the stream is open; `again` when it was away and changes may have been missed.  Returns the undo. */
export function onOpen(listener: OpenListener): () => void {
  openListeners.add(listener);
  return () => openListeners.delete(listener);
}

/** Stay connected while somebody looks: browsers allow six connections to one address, hidden tabs must not take them. */
export function start(): () => void {
  const look = () => (document.hidden ? disconnect() : connect());
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    disconnect();
  };
}

let opened = 0;

function disconnect(): void {
  source?.close();
  source = null;
  connected.value = false;
}

/** Open the stream once; the browser reconnects by itself. */
function connect(): void {
  if (source || document.hidden) return;
  source = new EventSource("/api/v1/live");
  source.onopen = () => {
    connected.value = true;
    opened++;
    for (const listener of openListeners) listener(opened > 1);
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
