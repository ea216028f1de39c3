import { decodePing } from "@lubdub/protocol";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "../test/fake-socket.ts";
import { HeartbeatEngine } from "./engine.ts";
import type { HeartbeatEngineOptions } from "./engine-options.ts";
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
    loopDelay: { start: () => undefined, stop: () => undefined, reset: () => undefined, longestMs: 0 },
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
      setTimeout(() => answer(socket, connection, ping), answerMs);
    };
  }
  return { socket, connection };
}

function answer(socket: FakeSocket, connection: HeartbeatConnection, ping: Uint8Array): void {
  socket.bytesReceived += 10;
  connection.pong(ping);
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

describe("adaptive intervals", () => {
  const intervalsOf = (socket: FakeSocket): unknown[] =>
    textsOf(socket).map((text) => (JSON.parse(text) as { intervalMs: number }).intervalMs / 1_000);
  const patient = { intervalMs: 30_000, answerInMs: 5_000, probeInMs: 5_000 };

  it.each([
    [20, [30, 30, 30, 30]],
    [600, [30, 30, 20, 20]],
    [1_200, [30, 30, 15, 15]],
  ])("with a round trip of %d ms are %j seconds", async (rttMs, expected) => {
    const { engine } = setUp(patient);
    const { socket } = join(engine, rttMs);
    await vi.advanceTimersByTimeAsync(91_000);
    expect(intervalsOf(socket).slice(0, 4)).toEqual(expected);
  });

  it("are each connection's own, kept as promised, and shown by a gauge", async () => {
    const { engine, value, events } = setUp(patient);
    const [good, fair, poor] = [20, 600, 1_200].map((rttMs) => join(engine, rttMs).socket);
    await vi.advanceTimersByTimeAsync(600_000);
    const stepsOf = (socket = new FakeSocket()): number[] => {
      const beats = textsOf(socket).map((text) => JSON.parse(text) as { ts: string; intervalMs: number });
      return beats.flatMap((each, i) => {
        const next = beats[i + 1];
        return next === undefined ? [] : [Date.parse(next.ts) - Date.parse(each.ts) - each.intervalMs];
      });
    };
    for (const socket of [good, fair, poor]) expect(new Set(stepsOf(socket))).toEqual(new Set([0]));
    for (const interval of [15, 20, 30])
      expect(await value(`app_heartbeat_interval_connections{interval="${interval}"}`)).toBe(1);
    expect(events).toEqual([]);
  });

  it("grow again one step after ten clean beats", async () => {
    const { engine } = setUp(patient);
    let rttMs = 1_200;
    const { socket, connection } = join(engine);
    socket.onBeat = ({ ping }) => setTimeout(() => answer(socket, connection, ping), rttMs);
    await vi.advanceTimersByTimeAsync(200_000);
    expect(intervalsOf(socket).at(-1)).toBe(15);
    const before = socket.beats.length;
    rttMs = 20;
    await vi.advanceTimersByTimeAsync(900_000);
    const after = intervalsOf(socket).slice(before);
    expect(after.indexOf(20)).toBeGreaterThanOrEqual(10);
    expect(after.indexOf(30) - after.indexOf(20)).toBeGreaterThanOrEqual(10);
    expect(after.at(-1)).toBe(30);
  });

  it("never shrink while this process is the slow one, whatever the round trips look like", async () => {
    const loopDelay = {
      start: () => undefined,
      stop: () => undefined,
      reset: () => undefined,
      longestMs: 700,
    };
    const { engine } = setUp({ ...patient, loopDelay });
    const { socket } = join(engine, 1_200);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(new Set(intervalsOf(socket))).toEqual(new Set([30]));
  });

  it("leave plain clients alone unless everybody is meant, and can be switched off", async () => {
    const lastStep = async (adaptive: "off" | "measuring" | "all", encoding: "plain" | "json") => {
      const { engine } = setUp({ ...patient, adaptive });
      const socket = new FakeSocket();
      const connection = engine.add(socket, { encoding });
      const times: number[] = [];
      socket.onBeat = ({ ping }) => {
        times.push(Date.now());
        setTimeout(() => answer(socket, connection, ping), 1_200);
      };
      await vi.advanceTimersByTimeAsync(300_000);
      engine.stop();
      return Math.round(((times.at(-1) ?? 0) - (times.at(-2) ?? 0)) / 1_000);
    };
    expect([
      await lastStep("measuring", "plain"),
      await lastStep("all", "plain"),
      await lastStep("off", "json"),
      await lastStep("measuring", "json"),
    ]).toEqual([30, 15, 30, 15]);
  });

  it("follow a policy of the team's own, within what can be judged", async () => {
    const { engine } = setUp({ ...patient, intervalPolicy: () => 1 });
    const { socket } = join(engine, 20);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(intervalsOf(socket).at(-1)).toBe(11);
  });
});

describe("an application that has paused reading", () => {
  it("is not taken for a dead peer, and the peer is judged once it reads again", async () => {
    const { engine, events, value } = setUp();
    const { socket } = join(engine);
    socket.isReading = false;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([events, socket.terminated]).toEqual([[], false]);
    expect(await value('app_verdicts_vetoed_total{reason="unread"}')).toBe(6);
    socket.isReading = true;
    await vi.advanceTimersByTimeAsync(20_000);
    expect(socket.terminated).toBe(true);
  });
});

describe("the page behind a measuring connection", () => {
  const pausedOf = (engine: HeartbeatEngine): boolean[] => {
    const told: boolean[] = [];
    engine.on("paused", ({ connection }) => told.push(connection.snapshot().paused));
    return told;
  };

  it("is paused while hidden or frozen, and still alive for its pongs", async () => {
    const { engine, events } = setUp();
    const { connection } = join(engine, 20);
    const told = pausedOf(engine);
    connection.page("hidden");
    connection.page("frozen");
    await vi.advanceTimersByTimeAsync(60_000);
    connection.page("visible");
    expect([told, events]).toEqual([[true, true, false], []]);
  });

  it("is paused when it stops to ack while pings are answered, and not before it ever acked", async () => {
    const { engine } = setUp();
    const { connection } = join(engine, 20);
    const told = pausedOf(engine);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(told).toEqual([]);
    connection.acked(41);
    await vi.advanceTimersByTimeAsync(30_000);
    expect([told, connection.isPageStopped]).toEqual([[true], true]);
    connection.acked(71);
    expect([told, connection.isPageStopped]).toEqual([[true, false], false]);
  });

  it("takes its own share of the delay", async () => {
    const { engine } = setUp();
    const { connection } = join(engine, 30);
    await vi.advanceTimersByTimeAsync(600 + 110);
    connection.acked(1);
    expect(connection.snapshot().delay).toEqual({ networkMs: 30, pageMs: 80, serverMs: 0 });
  });
});

describe("the end of a connection", () => {
  const causesOf = (engine: HeartbeatEngine): string[] => {
    const causes: string[] = [];
    engine.on("closed", ({ cause }) => causes.push(cause));
    return causes;
  };

  it("has a cause, which is counted, and a story of its last events", async () => {
    const { engine, value } = setUp();
    const { connection } = join(engine);
    const causes = causesOf(engine);
    await vi.advanceTimersByTimeAsync(6_000);
    connection.remove({ code: 1006, closedHere: false, transport: "self" });
    expect(causes).toEqual(["network_silent"]);
    expect(await value('app_connections_closed_total{cause="network_silent"}')).toBe(1);
    expect(connection.story().map(({ kind }) => kind)).toEqual([
      "opened",
      "beat",
      "missed",
      "probed",
      "verdict",
      "closed",
    ]);
  });

  it("by the third cut after the same idle time from the same place is an idle timeout, with its age", async () => {
    const { engine } = setUp({ intervalMs: 60_000, answerInMs: 5_000, probeInMs: 5_000 });
    const ends: unknown[] = [];
    engine.on("closed", ({ cause, idleTimeoutMs }) => ends.push([cause, idleTimeoutMs]));
    for (const idleMs of [10_000, 10_100, 10_050]) {
      const socket = new FakeSocket();
      const connection = engine.add(socket, { encoding: "plain", places: ["10.1.2.0/24"] });
      await vi.advanceTimersByTimeAsync(1_000);
      socket.bytesReceived += 1;
      connection.activity();
      await vi.advanceTimersByTimeAsync(idleMs);
      connection.remove({ code: 1006, closedHere: false, transport: "peer" });
    }
    expect(ends).toEqual([
      ["closed_by_client", undefined],
      ["closed_by_client", undefined],
      ["idle_timeout_suspected", 10_050],
    ]);
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
