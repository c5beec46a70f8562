import { effect, type Signal, signal } from "@preact/signals";

/** A signal remembered in this browser; storage that is full or switched off costs the memory only. */
export function stored<T>(name: string, initial: T): Signal<T> {
  const key = `limelight.${name}`;
  const value = signal<T>(read(key) ?? initial);
  let first = true;
  effect(() => {
    const text = JSON.stringify(value.value);
    if (!first) write(key, text);
    first = false;
  });
  return value;
}

function read<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Full or forbidden: the value lives until the page is closed.
  }
}
