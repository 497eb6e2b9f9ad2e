import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  // Relative, so that the page also works behind a proxy that serves it under a prefix.
  base: "./",
  build: {
    outDir: "../api/sourcier_api/static",
    emptyOutDir: true,
    // The content security policy allows files of this site only: nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { host: "127.0.0.1", proxy: { "/api": api, "/openapi.json": api } },
  test: {
    environment: "jsdom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    css: false,
    maxWorkers: 1,
  },
});
