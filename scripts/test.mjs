// `npm test`: everything. Flags go to Vitest: `npm test -- --project unit wheel`.
import { build } from "./build.mjs";
import { ensurePrograms } from "./programs.mjs";
import { step, tool } from "./run-step.mjs";

ensurePrograms();
await step("check", process.execPath, ["scripts/check.mjs"]);
await build();
await step("unit, integration and browser tests", tool("vitest"), ["run", ...process.argv.slice(2)]);
