// Runs inside namespaces.sh: a client behind a router that swallows everything from one moment on. Prints the row of the
// connection that closed.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { startServiceProcess } from "../../bench/dist/support/service-process.js";

const FLAGS = ["--host", "0.0.0.0", "--interval", "1s", "--answer-in", "300ms", "--probe-in", "300ms"];
const CLIENT = `
  import { WebSocket } from "ws";
  const socket = new WebSocket(process.argv[1]);
  socket.once("message", () => console.log("beaten"));
`;

const service = await startServiceProcess(FLAGS);
const { port } = new URL(service.httpUrl);
const client = spawn(
  "ip",
  [
    "netns",
    "exec",
    "client",
    process.execPath,
    "--input-type=module",
    "-e",
    CLIENT,
    `ws://10.77.1.1:${port}/ws`,
  ],
  { stdio: ["ignore", "pipe", "inherit"] },
);
await once(client.stdout, "data");
for (const address of ["10.77.1.1", "10.77.2.2"])
  execFileSync("ip", ["-n", "router", "route", "add", "blackhole", `${address}/32`]);
const holedAt = performance.now();

for (;;) {
  const answer = await fetch(`http://127.0.0.1:${port}/api/connections?state=closed`);
  const { connections } = await answer.json();
  if (connections.length === 0) continue;
  console.log(JSON.stringify({ ...connections[0], noticedMs: Math.round(performance.now() - holedAt) }));
  break;
}
client.kill("SIGKILL");
await once(client, "exit");
await service.end("SIGKILL");
