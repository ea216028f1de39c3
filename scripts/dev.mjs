// `npm run dev -- <flags>`: the service restarts and the page reloads when a source changes.
// The page is at Vite's address; its requests to the service are passed on to port 8080.
import { spawn } from "node:child_process";
import { build } from "./build.mjs";
import { root, tool } from "./run-step.mjs";

await build();
const flags = process.argv.slice(2);
const children = [
  [tool("tsc"), ["-b", "-w", "--preserveWatchOutput", "apps/service", "packages/react"]],
  [
    process.execPath,
    [
      "--watch-path=apps/service/dist",
      "--watch-path=packages/server/dist",
      "apps/service/bin/lubdub.mjs",
      "serve",
      ...flags,
    ],
  ],
  [tool("vite"), ["apps/console"]],
].map(([command, args]) => spawn(command, args, { cwd: root, stdio: "inherit" }));

function end(signal) {
  for (const child of children) child.kill(signal);
}
process.on("SIGINT", () => end("SIGINT"));
process.on("SIGTERM", () => end("SIGTERM"));
for (const child of children) child.on("exit", () => end("SIGTERM"));
