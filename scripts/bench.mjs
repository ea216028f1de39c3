// `npm run bench` lists the benchmarks; `npm run bench -- <name> [flags]` runs one.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { root, run, step, tool } from "./run-step.mjs";

const folder = join(root, "bench");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".bench.ts"))
  .map((file) => file.slice(0, -".bench.ts".length));
const [name, ...flags] = process.argv.slice(2);

if (name === undefined || name === "--help") {
  process.stdout.write(`Usage: npm run bench -- <name> [flags]\n\n`);
  for (const each of names) {
    await import("node:fs/promises")
      .then(({ readFile }) => readFile(join(folder, `${each}.bench.ts`), "utf8"))
      .then((text) =>
        process.stdout.write(`  ${each.padEnd(16)} ${text.split("\n", 1)[0].replace(/^\/\/ /, "")}\n`),
      );
  }
} else if (!names.includes(name)) {
  process.stderr.write(`lubdub: no benchmark "${name}"; there are: ${names.join(", ")}\n`);
  process.exit(2);
} else {
  await step("build", tool("tsc"), ["-b"]);
  process.exitCode = await run(process.execPath, [`bench/dist/${name}.bench.js`, ...flags]);
}
