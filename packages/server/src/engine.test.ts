import { decodePing } from "@lubdub/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "../test/fake-socket.ts";
import { HeartbeatEngine, type HeartbeatEngineOptions } from "./engine.ts";
import type { HeartbeatConnection } from "./heartbeat-connection.ts";
import { createHeartbeatMetrics, type HeartbeatMetrics } from "./metrics.ts";

const EPOCH = Date.UTC(2024, 0, 15, 10, 29, 59, 400);

beforeEach(() => {
  vi.useFakeTimers({ now: EPOCH });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Setup {
  readonly engine: HeartbeatEngine;
  readonly metrics: HeartbeatMetrics;
  readonly events: string[];
  value(series: string): Promise<number>;
}

function setUp(options: HeartbeatEngineOptions = {}): Setup {
  const metrics = createHeartbeatMetrics({ runtime: false });
  const engine = new HeartbeatEngine({
    intervalMs: 10_000,
    answerInMs: 2_000,
    probeInMs: 2_000,
    metrics,
    ...options,
  });
  const events: string[] = [];
  for (const name of ["missed", "suspect", "recovered", "verdict", "slow"] as const) {
    engine.on(name, ({ connection }) => events.push(`${name} ${connection.id}`));
  }
  engine.start();
  const value = async (series: string): Promise<number> => {
    const text = await metrics.registry.metrics();
    return Number(
      text
        .split("\n")
        .find((line) => line.startsWith(`${series} `))
        ?.split(" ")[1],
    );
  };
  return { engine, metrics, events, value };
}

/** Adds a socket whose peer answers each beat after this long; undefined: never. */
function join(
  engine: HeartbeatEngine,
  answerMs?: number,
): { socket: FakeSocket; connection: HeartbeatConnection } {
  const socket = new FakeSocket();
  const connection = engine.add(socket, { encoding: "json" });
  if (answerMs !== undefined) {
    socket.onBeat = ({ ping }) => {
      setTimeout(() => {
        socket.bytesReceived += 10;
        connection.pong(ping);
      }, answerMs);
    };
  }
  return { socket, connection };
}

const textsOf = (socket: FakeSocket): string[] => socket.beats.map(({ payload }) => String(payload));

describe("beating", () => {
  it("sends the first beat at the next second, then one each interval, on the second", async () => {
    const { engine } = setUp();
    const { socket } = join(engine, 20);
    await vi.advanceTimersByTimeAsync(599);
    expect(socket.beats).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(20_001);
    expect(textsOf(socket)).toEqual([
      '{"ts":"2024-01-15T10:30:00+00:00","beat":1,"intervalMs":10000}',
      '{"ts":"2024-01-15T10:30:10+00:00","beat":11,"intervalMs":10000}',
      '{"ts":"2024-01-15T10:30:20+00:00","beat":21,"intervalMs":10000}',
    ]);
    expect(socket.beats.map(({ ping }) => decodePing(ping)?.beat)).toEqual([1, 11, 21]);
  });

  it("encodes a beat once for all connections of an encoding", async () => {
    const { engine } = setUp();
    const sockets = Array.from({ length: 3 }, () => join(engine, 20).socket);
    await vi.advanceTimersByTimeAsync(700);
    expect(new Set(sockets.map(({ beats }) => beats[0]))).toHaveLength(1);
  });

  it("sends one beat after a stall, numbered as if the others had been sent, and says how late it is", async () => {
    let stalledMs = 0;
    const clock = { monotonicMs: () => performance.now() + stalledMs, wallMs: () => Date.now() + stalledMs };
    const { engine, events } = setUp({ intervalMs: 1_000, answerInMs: 200, probeInMs: 200, clock });
    const { socket } = join(engine, 20);
    await vi.advanceTimersByTimeAsync(600);
    stalledMs = 4_500;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(textsOf(socket)).toEqual([
      '{"ts":"2024-01-15T10:30:00+00:00","beat":1,"intervalMs":1000}',
      '{"ts":"2024-01-15T10:30:05+00:00","beat":6,"intervalMs":1000,"lateMs":500}',
    ]);
    expect(events).toEqual([]);
  });

  it("goes on when a send throws, and counts it", async () => {
    const { engine, value } = setUp();
    const sockets = Array.from({ length: 10 }, () => join(engine, 20).socket);
    sockets[3]?.terminate();
    await vi.advanceTimersByTimeAsync(700);
    expect(sockets.filter(({ beats }) => beats.length === 1)).toHaveLength(9);
    expect(await value('app_errors_total{where="beat"}')).toBe(1);
    expect(await value("app_heartbeats_sent_total")).toBe(9);
  });

  it("stops for good when told to", async () => {
    const { engine, events } = setUp();
    const { socket } = join(engine);
    await vi.advanceTimersByTimeAsync(700);
    engine.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([socket.beats.length, events, vi.getTimerCount()]).toEqual([1, [], 0]);
  });

  it("closes a connection that does not read with 4008, and terminates it a second later", async () => {
    const { engine, events } = setUp();
    const { socket } = join(engine);
    socket.bufferedAmount = 2_000_000;
    await vi.advanceTimersByTimeAsync(700);
    expect(socket.closes).toEqual([{ code: 4008, reason: "cannot keep up: 2000000 bytes wait to be sent" }]);
    expect([socket.beats.length, socket.terminated]).toEqual([0, false]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(socket.terminated).toBe(true);
    expect(events).toEqual(["slow 1"]);
  });
});

describe("answers", () => {
  it("are counted once for each beat, with the time they took, also when they come late", async () => {
    const { engine, value } = setUp();
    const { socket, connection } = join(engine);
    await vi.advanceTimersByTimeAsync(600);
    const ping = socket.beats[0]?.ping ?? new Uint8Array();
    await vi.advanceTimersByTimeAsync(3_000);
    connection.pong(ping);
    connection.pong(ping);
    expect(connection.snapshot()).toMatchObject({
      beatsAnswered: 1,
      missed: 1,
      missedInRow: 0,
      rttMs: 3_000,
    });
    expect(await value("app_heartbeats_received_total")).toBe(1);
    expect(await value("app_heartbeat_latency_seconds_sum")).toBe(3);
  });

  it("to probes, to beats that were never sent, and nonsense are life but no answer", async () => {
    const { engine } = setUp();
    const { connection } = join(engine);
    await vi.advanceTimersByTimeAsync(600);
    const bytes = (value: number): Uint8Array =>
      new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value]);
    for (const payload of [bytes(0x8000_0001), bytes(2), bytes(99), new Uint8Array(1)])
      connection.pong(payload);
    expect(connection.snapshot().beatsAnswered).toBe(0);
  });
});

describe("liveness", () => {
  it("is never in doubt for a client that answers in time", async () => {
    const { engine, events } = setUp();
    const { socket } = join(engine, 1_900);
    await vi.advanceTimersByTimeAsync(600_000);
    expect([events, socket.terminated]).toEqual([[], false]);
  });

  it("ends a silent client within interval, answer and probe time, and counts the beat as missed once", async () => {
    const { engine, events, value } = setUp();
    const { socket, connection } = join(engine);
    await vi.advanceTimersByTimeAsync(600 + 2_000 + 2_000 + 1_500);
    expect(events).toEqual(["missed 1", "suspect 1", "verdict 1"]);
    expect(socket.terminated).toBe(true);
    expect(decodePing(socket.pings[0] ?? new Uint8Array())?.probe).toBe(true);
    expect(connection.state).toBe("dead");
    expect(await value("app_missed_heartbeats_total")).toBe(1);
    expect(await value("app_detection_seconds_count")).toBe(1);
  });

  it("takes any byte as life, though not as an answer", async () => {
    const { engine, events, value } = setUp();
    const { socket } = join(engine);
    socket.onBeat = () => {
      setTimeout(() => {
        socket.bytesReceived += 1;
      }, 5);
    };
    await vi.advanceTimersByTimeAsync(100_000);
    expect(events).toEqual([]);
    expect(await value("app_heartbeats_received_total")).toBe(0);
  });

  it("takes back its doubt when a suspect speaks", async () => {
    const { engine, events } = setUp();
    const { socket, connection } = join(engine);
    await vi.advanceTimersByTimeAsync(600 + 2_000 + 1_000);
    socket.bytesReceived += 5;
    connection.activity();
    await vi.advanceTimersByTimeAsync(4_000);
    expect(events).toEqual(["missed 1", "suspect 1", "recovered 1"]);
    expect(socket.terminated).toBe(false);
  });

  it("looks again after the loop has polled, and vetoes the verdict when bytes were waiting", async () => {
    const { engine, events, value } = setUp();
    const { socket } = join(engine);
    await vi.advanceTimersByTimeAsync(600);
    const realImmediate = setImmediate;
    vi.spyOn(globalThis, "setImmediate").mockImplementationOnce((callback) => {
      // What the kernel held is read between the check and the verdict.
      socket.bytesReceived += 5;
      return realImmediate(callback);
    });
    await vi.advanceTimersByTimeAsync(6_000);
    expect(events).toEqual(["missed 1", "suspect 1", "recovered 1"]);
    expect(await value('app_verdicts_vetoed_total{reason="evidence"}')).toBe(1);
  });

  it("puts the verdict off once when many expire together, then gives it", async () => {
    const { engine, events, value } = setUp();
    const sockets = Array.from({ length: 20 }, () => join(engine).socket);
    for (let i = 0; i < 20; i++) join(engine, 10);
    await vi.advanceTimersByTimeAsync(600 + 2_000 + 2_000 + 1_200);
    expect(events.filter((event) => event.startsWith("verdict"))).toHaveLength(0);
    expect(await value('app_verdicts_vetoed_total{reason="mass"}')).toBe(20);
    await vi.advanceTimersByTimeAsync(2_500);
    expect(sockets.every(({ terminated }) => terminated)).toBe(true);
    expect(await value("app_detection_seconds_count")).toBe(20);
  });

  it("forgets whoever has left", async () => {
    const { engine, events } = setUp();
    const { connection } = join(engine);
    await vi.advanceTimersByTimeAsync(700);
    connection.remove();
    connection.remove();
    await vi.advanceTimersByTimeAsync(20_000);
    expect([engine.size, events]).toEqual([0, []]);
  });
});

it("a listener that throws is counted and stops nobody", async () => {
  const { engine, value } = setUp();
  engine.on("beat", () => {
    throw new Error("listener");
  });
  const { socket } = join(engine, 10);
  await vi.advanceTimersByTimeAsync(700);
  expect(socket.beats).toHaveLength(1);
  expect(await value('app_errors_total{where="listener"}')).toBe(1);
});

it("impossible times are refused with both sides", () => {
  expect(() => new HeartbeatEngine({ intervalMs: 1_000, answerInMs: 600, probeInMs: 600 })).toThrow(
    "answerInMs + probeInMs must be below intervalMs, got 600 + 600 and 1000",
  );
});
