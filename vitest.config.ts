import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const fake = (name: string): string =>
  fileURLToPath(new URL(`workers/lib/testing/${name}`, import.meta.url));

export default defineConfig({
  resolve: {
    // The one module of the runtime that Node does not have.
    alias: { "cloudflare:workers": fake("cloudflare_workers.ts") },
  },
  test: {
    include: ["{workers,systems}/**/*.test.ts"],
    restoreMocks: true,
    // Every statement that a worker asks in its tests is explained by SQLite (incident 11).
    setupFiles: [fake("judge_plans.ts")],
  },
});
