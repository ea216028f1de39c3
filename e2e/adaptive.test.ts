import { once } from "node:events";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { startDelayRelay } from "../bench/support/delay-relay.ts";
import { repositoryRoot } from "../bench/support/repository-root.ts";
import { startServiceProcess } from "../bench/support/service-process.ts";

interface BeatText {
  readonly ts?: string;
  readonly intervalMs: number;
}

/** A measuring client that writes down the interval of each beat. */
class PacedClient {
  readonly socket: WebSocket;
  readonly intervals: number[] = [];
  readonly #secondsBetween: number[] = [];
  #lastTs = Number.NaN;
  #wake = (): void => undefined;

  constructor(url: string) {
    this.socket = new WebSocket(url, ["lubdub.v1"]);
    this.socket.on("message", (data) => {
      const beat = JSON.parse(String(data)) as BeatText;
      if (beat.ts === undefined) return;
      const ts = Date.parse(beat.ts);
      if (!Number.isNaN(this.#lastTs)) this.#secondsBetween.push((ts - this.#lastTs) / 1_000);
      this.#lastTs = ts;
      this.intervals.push(beat.intervalMs / 1_000);
      this.#wake();
    });
  }

  async beats(count: number): Promise<void> {
    while (this.intervals.length < count)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  /** The seconds between its beats are those each beat had promised. */
  keptItsPromises(): void {
    expect(this.#secondsBetween).toEqual(this.intervals.slice(0, -1));
  }
}

it("a poor line gets beats at half the interval, a fair one at two thirds, a good one at the whole, side by side", async () => {
  await using service = await startServiceProcess(["--interval", "6s"]);
  const { port } = new URL(service.wsUrl);
  await using fair = await startDelayRelay(Number(port), 300);
  await using poor = await startDelayRelay(Number(port), 600);
  const clients = [Number(port), fair.port, poor.port].map(
    (each) => new PacedClient(`ws://127.0.0.1:${each}/ws`),
  );
  await Promise.all(clients.map((client) => client.beats(4)));
  expect(clients.map(({ intervals }) => intervals.slice(0, 4))).toEqual([
    [6, 6, 6, 6],
    [6, 6, 4, 4],
    [6, 6, 3, 3],
  ]);
  for (const client of clients) client.keptItsPromises();
  const metrics = await service.metrics();
  for (const interval of [3, 4, 6])
    expect(metrics.value(`app_heartbeat_interval_connections{interval="${interval}"}`)).toBe(1);
  for (const { socket } of clients) socket.terminate();
});

it("a slow server shortens nobody's interval, although its round trips look poor", async () => {
  const program = new URL("e2e/programs/stalling-service.mjs", repositoryRoot);
  await using service = await startServiceProcess(["--interval", "6s"], program);
  const client = new PacedClient(service.wsUrl);
  await once(client.socket, "open");
  for (let beat = 1; beat <= 4; beat++) {
    await client.beats(beat);
    const stalled = once(service.child, "message");
    service.child.send({ stallMs: 1_200 });
    await stalled;
  }
  await client.beats(5);
  const metrics = await service.metrics();
  expect(metrics.value("app_heartbeat_latency_seconds_sum")).toBeGreaterThan(0);
  expect(client.intervals).toEqual([6, 6, 6, 6, 6]);
  client.socket.terminate();
});
