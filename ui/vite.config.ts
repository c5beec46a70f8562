import { defineConfig } from "vite";

const server = process.env.LIMELIGHT_SERVER ?? "http://127.0.0.1:4399";

export default defineConfig({
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../src/limelight/server/static",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // A data: stylesheet or script would need a weaker content security policy.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/api": server, "/v1": server } },
});
