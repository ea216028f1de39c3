// 5,000 plain clients, a beat each 5 s, five minutes: every beat once, on time, memory steady. [--minutes 5] [--clients 5000]
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { BenchReport } from "./support/bench-report.ts";
import { FleetProcess } from "./support/fleet-process.ts";
import { quantile } from "./support/quantile.ts";
import { startServiceProcess } from "./support/service-process.ts";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "5" }, clients: { type: "string", default: "5000" } },
});
const clients = Number(values.clients);
const endAfterMs = Number(values.minutes) * 60_000;
const intervalMs = 5_000;

/** Resident memory of a process in MiB, as Linux counts it. */
function residentMiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}

const report = new BenchReport();
await using service = await startServiceProcess(["--interval", "5s", "--log-level", "warn"]);
await using fleet = new FleetProcess(intervalMs);
report.line(`${clients} plain clients at 1,000 a second, a beat each 5 s, ${values.minutes} min`);
await fleet.open({ url: service.wsUrl, clients, perSecond: 1000, pongDelayMs: 0 });

const memory: number[] = [];
const loopDelayP99: number[] = [];
for (let elapsedMs = 0; elapsedMs < endAfterMs; elapsedMs += 10_000) {
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const metrics = await service.metrics();
  memory.push(residentMiB(service.pid));
  loopDelayP99.push((metrics.value("nodejs_eventloop_lag_p99_seconds") ?? Number.NaN) * 1000);
  report.line(
    `  ${String((elapsedMs + 10_000) / 1000).padStart(4)} s  sent ${metrics.sum("app_heartbeats_sent_total")}` +
      `  received ${metrics.sum("app_heartbeats_received_total")}  ${memory.at(-1)?.toFixed(0)} MiB` +
      `  loop delay p99 ${loopDelayP99.at(-1)?.toFixed(1)} ms`,
  );
}

const [seen, metrics] = await Promise.all([fleet.report(), service.metrics()]);
const sent = metrics.sum("app_heartbeats_sent_total");
const received = metrics.sum("app_heartbeats_received_total");
const latenessBound = (metrics.quantileBound("app_heartbeat_lateness_seconds", 0.99) ?? Number.NaN) * 1000;
const arrivalP99 = quantile(seen.latenessMs, 0.99);
const counts = Object.keys(seen.beatsPerClient).map(Number);
const half = memory.slice(Math.floor(memory.length / 2));

report.aim(
  "every client is open to the end",
  Object.keys(seen.closed).length === 0,
  JSON.stringify(seen.closed),
);
report.aim("no beat twice", seen.doubled === 0, `${seen.doubled} doubled`);
report.aim("no beat left out", seen.gaps === 0, `${seen.gaps} gaps in ${seen.beats} beats`);
report.aim(
  "all got as many, give or take when they came and when they were asked",
  Math.max(...counts) - Math.min(...counts) <= 2,
  JSON.stringify(seen.beatsPerClient),
);
report.aim(
  "first beat within 1.1 s",
  Math.max(...seen.firstBeatMs) <= 1100,
  `${Math.max(...seen.firstBeatMs).toFixed(0)} ms at most`,
);
report.aim("lateness p99 below 50 ms (server)", latenessBound <= 50, `at most ${latenessBound} ms`);
report.aim(
  "arrival minus ts p99 below 50 ms (clients)",
  arrivalP99 < 50,
  `${arrivalP99} ms, never below ${quantile(seen.latenessMs, 0)} ms`,
);
report.aim(
  "event-loop delay p99 below 25 ms",
  Math.max(...loopDelayP99.slice(1)) < 25,
  `${Math.max(...loopDelayP99.slice(1)).toFixed(1)} ms in the worst scrape after the opening`,
);
report.aim(
  "sent = received, give or take what is under way",
  Math.abs(sent - received) <= clients / 5,
  `${sent} sent, ${received} received, ${seen.beats} seen`,
);
report.aim(
  "no beat missed",
  metrics.sum("app_missed_heartbeats_total") === 0,
  `${metrics.sum("app_missed_heartbeats_total")} missed`,
);
report.aim(
  "memory steady over the second half",
  Math.max(...half) - Math.min(...half) < 0.1 * Math.max(...half),
  `${Math.min(...half).toFixed(0)} to ${Math.max(...half).toFixed(0)} MiB`,
);
report.end();
