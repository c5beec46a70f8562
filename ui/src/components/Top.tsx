import type { ComponentChildren } from "preact";
import { connected } from "../api/live";
import { help } from "../state/overlays";
import { EVERYTHING, follow, page } from "../state/route";
import { nextTheme, theme } from "../state/theme";
import { Button } from "./controls";

/** The one bar above every page: name, pages, what the page puts there, theme and help. */
export function Top({ children }: { children?: ComponentChildren }) {
  return (
    <header class="top">
      <a class="brand" href="/" onClick={(event) => follow(event, EVERYTHING)} aria-label="Limelight: all traces">
        <span
          class={connected.value ? "lamp on" : "lamp"}
          title={connected.value ? "Connected: new traces appear by themselves" : "Not connected: trying again"}
        />
        <span class="brand-name">limelight</span>
      </a>
      <nav class="pages" aria-label="Pages">
        <a
          href="/"
          aria-current={page.value === "traces" || page.value === "trace" ? "page" : undefined}
          onClick={(event) => follow(event, EVERYTHING)}
        >
          Traces
        </a>
        <a
          href="/health"
          aria-current={page.value === "health" ? "page" : undefined}
          onClick={(event) => follow(event, { page: "health" })}
        >
          Health
        </a>
      </nav>
      <div class="top-middle">{children}</div>
      <div class="top-end">
        <Button label={`Theme: ${theme.value}`} icon={theme.value === "light" ? "sun" : "moon"} onClick={nextTheme} />
        <Button
          label="Keys and help"
          icon="help"
          keys="?"
          onClick={() => {
            help.value = true;
          }}
        />
      </div>
    </header>
  );
}
