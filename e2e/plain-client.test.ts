import { once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { startServiceProcess } from "../bench/support/service-process.ts";

interface Arrival {
  readonly text: string;
  readonly wallAt: number;
}

/** Reads `count` heartbeats of a plain connection, each with the ping that came with it. */
async function readBeats(
  url: string,
  count: number,
): Promise<{ arrivals: Arrival[]; pings: number[]; openMs: number }> {
  const socket = new WebSocket(url);
  const arrivals: Arrival[] = [];
  const pings: number[] = [];
  socket.on("ping", (payload: Buffer) => pings.push(payload.readUInt32BE(0)));
  await once(socket, "open");
  const openedAt = performance.now();
  let openMs = Number.NaN;
  await new Promise<void>((resolve) => {
    socket.on("message", (data: Buffer) => {
      if (arrivals.length === 0) openMs = performance.now() - openedAt;
      arrivals.push({ text: data.toString("utf8"), wallAt: Date.now() });
      if (arrivals.length === count) setImmediate(resolve);
    });
  });
  socket.terminate();
  return { arrivals, pings, openMs };
}

it("a plain client gets the exact heartbeat on the second's edge, one each interval, each with its ping", async () => {
  await using service = await startServiceProcess(["--interval", "2s"]);
  const { arrivals, pings, openMs } = await readBeats(service.wsUrl, 4);

  expect(openMs).toBeLessThan(1_100);
  for (const { text, wallAt } of arrivals) {
    expect(text).toMatch(/^\{"ts":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"\}$/);
    expect(wallAt).toBeGreaterThanOrEqual(Date.parse(JSON.parse(text).ts));
  }
  const seconds = arrivals.map(({ text }) => Date.parse(JSON.parse(text).ts) / 1000);
  expect(seconds.map((second) => second - (seconds[0] ?? 0))).toEqual([0, 2, 4, 6]);
  expect(pings.map((beat) => beat - (pings[0] ?? 0))).toEqual([0, 2, 4, 6]);
});

it("the beats of a connection are counted as sent and as received, and nothing is missed", async () => {
  await using service = await startServiceProcess(["--interval", "200ms"]);
  await readBeats(service.wsUrl, 5);
  const metrics = await service.metrics();
  expect(metrics.sum("app_heartbeats_sent_total")).toBeGreaterThanOrEqual(5);
  expect(metrics.sum("app_heartbeats_received_total")).toBeGreaterThanOrEqual(4);
  expect(metrics.value("app_missed_heartbeats_total")).toBe(0);
});
