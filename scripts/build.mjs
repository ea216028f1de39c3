// `npm run build`: builds what is missing or stale. `npm start` and `npm test` call the same steps.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, step, tool } from "./run-step.mjs";

const consoleOutput = join(root, "apps/service/console/index.html");
const consoleInputs = [
  "package-lock.json",
  "apps/console/index.html",
  "apps/console/vite.config.ts",
  "apps/console/src",
  "apps/console/public",
  "packages/protocol/src",
  "packages/client/src",
  "packages/react/src",
];

function newestChange(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return readdirSync(path).reduce(
    (newest, name) => Math.max(newest, newestChange(join(path, name))),
    stats.mtimeMs,
  );
}

function consoleIsStale() {
  const built = statSync(consoleOutput, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return consoleInputs.some((path) => newestChange(join(root, path)) > built);
}

/** Builds libraries, service and console; tsc looks for itself at what is stale. */
export async function build() {
  await step("libraries and service", tool("tsc"), ["-b", "apps/service", "packages/react"]);
  if (consoleIsStale()) await step("console", tool("vite"), ["build", "apps/console", "--logLevel", "warn"]);
  else process.stdout.write("lubdub: console is up to date\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build();
