// Adaptive intervals at 30 s on real lines: good, +600 ms and +1,200 ms, then all good again. Takes 20 min.
import { WebSocket } from "ws";
import { BenchReport } from "./support/bench-report.ts";
import { startDelayRelay } from "./support/delay-relay.ts";
import { startServiceProcess } from "./support/service-process.ts";

const CLEAN_BEATS = 10;
const ENOUGH_MS = 1_200_000;

interface Line {
  readonly name: string;
  readonly intervals: number[];
  readonly socket: WebSocket;
}

const report = new BenchReport();
await using service = await startServiceProcess(["--log-level", "warn"]);
const port = Number(new URL(service.wsUrl).port);
await using fair = await startDelayRelay(port, 300);
await using poor = await startDelayRelay(port, 600);
const startedAt = performance.now();
const lines = Object.entries({ good: port, "+600 ms": fair.port, "+1200 ms": poor.port }).map(follow);

function follow([name, toPort]: [string, number]): Line {
  const socket = new WebSocket(`ws://127.0.0.1:${toPort}/ws`, ["lubdub.v1"]);
  const intervals: number[] = [];
  socket.on("message", (data) => {
    const { ts, intervalMs } = JSON.parse(String(data)) as { ts?: string; intervalMs: number };
    if (ts === undefined) return;
    intervals.push(intervalMs / 1_000);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0).padStart(5);
    report.line(
      `${seconds} s  ${name.padEnd(9)} beat ${intervals.length}: the next in ${intervalMs / 1_000} s`,
    );
  });
  return { name, intervals, socket };
}

const until = async (isReached: () => boolean): Promise<void> => {
  while (!isReached() && performance.now() - startedAt < ENOUGH_MS)
    await new Promise((resolve) => setTimeout(resolve, 1_000));
};

const [good, slow, slowest] = lines as [Line, Line, Line];
await until(() => lines.every(({ intervals }) => intervals.length >= 5));
report.aim(
  "the good line keeps 30 s",
  good.intervals.every((each) => each === 30),
  good.intervals.join(" "),
);
report.aim("+600 ms goes to 20 s", slow.intervals.at(-1) === 20, slow.intervals.join(" "));
report.aim("+1,200 ms goes to 15 s", slowest.intervals.at(-1) === 15, slowest.intervals.join(" "));

fair.delayMs = 0;
poor.delayMs = 0;
report.line("the delays are gone");
const before = lines.map(({ intervals }) => intervals.length);
await until(() => lines.every(({ intervals }) => intervals.at(-1) === 30));
for (const [i, { name, intervals }] of lines.entries()) {
  const after = intervals.slice(before[i]);
  if (i === 0)
    report.aim(
      "the good line kept 30 s",
      intervals.every((each) => each === 30),
      "",
    );
  else {
    report.aim(`${name} is back at 30 s`, after.at(-1) === 30, after.join(" "));
    report.aim(
      `${name} not before ${CLEAN_BEATS} beats`,
      after.indexOf(30) >= CLEAN_BEATS,
      `${after.indexOf(30)}`,
    );
  }
}
for (const { socket } of lines) socket.terminate();
report.end();
