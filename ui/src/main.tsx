import { render } from "preact";
import "@preact/signals";
import * as live from "./api/live";
import { App } from "./app";
import { bind, listenToKeys } from "./state/keys";
import { help } from "./state/overlays";
import { listen } from "./state/route";
import { applyTheme } from "./state/theme";
import * as trace from "./state/trace";
import * as traces from "./state/traces";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/overlays.css";
import "./styles/traces.css";
import "./styles/trace.css";
import "./styles/views.css";
import "./styles/panel.css";
import "./styles/messages.css";
import "./styles/markdown.css";
import "./styles/states.css";
import "./styles/pages.css";
import "./styles/phone.css";

applyTheme();
listen();
listenToKeys();
bind({
  "?": () => {
    help.value = true;
  },
});
traces.start();
trace.start();
live.start();
render(<App />, document.getElementById("app")!);
