import { signal } from "@preact/signals";

export const help = signal(false);
export const palette = signal(false);
