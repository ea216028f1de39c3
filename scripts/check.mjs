// `npm run check`: types of every room, of the tests and of the benchmarks; then lint and format.
import { step, tool } from "./run-step.mjs";

await step("types of libraries, service and benchmarks", tool("tsc"), ["-b"]);
await step("types of the console", tool("tsc"), ["-p", "apps/console"]);
await step("types of the tests", tool("tsc"), ["-p", "tsconfig.test.json"]);
await step("lint and format", tool("biome"), ["check", "--error-on-warnings"]);
