import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Unit and integration tests run on the sources, so that no build stands between a change and its test. */
const alias = [
  { find: "@lubdub/protocol", replacement: source("packages/protocol/src/index.ts") },
  { find: "@lubdub/server/ws", replacement: source("packages/server/src/ws.ts") },
  { find: "@lubdub/server", replacement: source("packages/server/src/index.ts") },
  { find: "@lubdub/client", replacement: source("packages/client/src/index.ts") },
  { find: "@lubdub/react/styles.css", replacement: source("packages/react/src/styles.css") },
  { find: "@lubdub/react", replacement: source("packages/react/src/index.ts") },
];

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.{ts,tsx}",
            "apps/*/src/**/*.test.{ts,tsx}",
            "{ops,scripts}/**/*.test.ts",
          ],
        },
      },
      {
        resolve: { alias },
        test: {
          name: "integration",
          include: ["packages/*/test/**/*.test.{ts,tsx}", "apps/*/test/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["e2e/**/*.test.ts"],
          testTimeout: 90_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
