// Debian's python3-websockets as a client, 60 beats of 2 s: exact text, first beat, lateness, drift, pings. [--beats 60]
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { BenchReport } from "./support/bench-report.ts";
import { quantile } from "./support/quantile.ts";
import { repositoryRoot } from "./support/repository-root.ts";
import { startServiceProcess } from "./support/service-process.ts";

const { values } = parseArgs({ options: { beats: { type: "string", default: "60" } } });
const client = fileURLToPath(new URL("bench/support/foreign_client.py", repositoryRoot));
const report = new BenchReport();

await using service = await startServiceProcess(["--interval", "2s"]);
report.line(`python3-websockets, no subprotocol, ${values.beats} beats of 2 s`);
const { stdout } = await promisify(execFile)("/usr/bin/python3", [client, service.wsUrl, values.beats]);
const lines = stdout
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));
const { opened, subprotocol } = lines[0] as { opened: number; subprotocol: string | null };
const { pings } = lines.at(-1) as { pings: [number, number][] };
const beats = lines.slice(1, -1) as { text: string; at: number }[];

const latenessMs = beats.map(({ text, at }) => at * 1000 - Date.parse(JSON.parse(text).ts));
const first = beats[0]?.at ?? Number.NaN;
const driftMs = beats.map(({ at }, n) => (at - first - n * 2) * 1000);
const exact = beats.filter(({ text }) => /^\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"\}$/.test(text));
const withPing = beats.filter(({ at }) => pings.some(([pingAt]) => Math.abs(pingAt - at) < 0.05));

report.line(`  first text: ${beats[0]?.text}`);
report.aim("no subprotocol is needed", subprotocol === null, String(subprotocol));
report.aim(
  "the text is exactly the heartbeat",
  exact.length === beats.length,
  `${exact.length} of ${beats.length}`,
);
report.aim("first beat within 1.1 s of open", first - opened < 1.1, `${(first - opened).toFixed(3)} s`);
report.aim(
  "arrival minus ts never below 0",
  Math.min(...latenessMs) >= 0,
  `${Math.min(...latenessMs).toFixed(2)} ms`,
);
report.aim(
  "arrival minus ts p99 at most 50 ms",
  quantile(latenessMs, 0.99) <= 50,
  `${quantile(latenessMs, 0.99).toFixed(2)} ms`,
);
report.aim(
  "no drift: within 50 ms of first + n · 2 s",
  Math.max(...driftMs.map(Math.abs)) <= 50,
  `${Math.min(...driftMs).toFixed(2)} to ${Math.max(...driftMs).toFixed(2)} ms`,
);
report.aim(
  "each beat has its ping",
  withPing.length === beats.length,
  `${withPing.length} of ${beats.length}`,
);
report.end();
