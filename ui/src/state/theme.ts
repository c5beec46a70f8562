import { effect } from "@preact/signals";
import { stored } from "./stored";

export type Theme = "system" | "dark" | "light";
const THEMES: readonly Theme[] = ["system", "dark", "light"];

/** `system` follows `prefers-color-scheme`. */
export const theme = stored<Theme>("theme", "system");

export function applyTheme(): () => void {
  return effect(() => {
    const root = document.documentElement;
    if (theme.value === "system") delete root.dataset.theme;
    else root.dataset.theme = theme.value;
  });
}

export function nextTheme(): void {
  theme.value = THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length]!;
}
