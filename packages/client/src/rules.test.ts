import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClockSync, measure } from "./clock-sync.ts";
import { type ConnectionEvent, type ConnectionState, INITIAL_STATE, transition } from "./connection-state.ts";
import { latencyOf } from "./latency.ts";
import { reconnectDelayMs } from "./reconnect-delay.ts";

describe("the state of a connection", () => {
  const open: ConnectionState = { phase: "open", openedAt: 5 };
  const lost: ConnectionState = { phase: "reconnecting", attempt: 0, retryAt: null, lostAt: 9 };

  it.each<[string, ConnectionState, ConnectionEvent, ConnectionState]>([
    ["the first dial", INITIAL_STATE, { type: "dial" }, { phase: "connecting", attempt: 1 }],
    ["it opens", { phase: "connecting", attempt: 1 }, { type: "opened", at: 5 }, open],
    ["it is lost", open, { type: "lost", at: 9 }, lost],
    ["a loss within a loss", lost, { type: "lost", at: 20 }, lost],
    ["a plan", lost, { type: "retryPlanned", at: 30, now: 10 }, { ...lost, retryAt: 30 }],
    [
      "a dial after a loss",
      { ...lost, retryAt: 30 },
      { type: "dial" },
      { ...lost, attempt: 1, retryAt: null },
    ],
    [
      "a plan before it ever was open",
      { phase: "connecting", attempt: 1 },
      { type: "retryPlanned", at: 30, now: 10 },
      { phase: "reconnecting", attempt: 1, retryAt: 30, lostAt: 10 },
    ],
    [
      "the end",
      open,
      { type: "closed", code: 4009, reason: "r" },
      { phase: "closed", code: 4009, reason: "r" },
    ],
    [
      "a dial after the end",
      { phase: "closed", code: 1000, reason: "" },
      { type: "dial" },
      { phase: "connecting", attempt: 1 },
    ],
  ])("%s", (_, before, event, after) => {
    expect(transition(before, event)).toEqual(after);
  });
});

describe("the wait before an attempt", () => {
  const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

  it("is within the announced spread when the server went, and short when our network did", () => {
    fc.assert(
      fc.property(random, fc.integer({ min: 0, max: 120_000 }), (r, spreadMs) => {
        expect(reconnectDelayMs("server", 0, spreadMs, () => r)).toBeLessThanOrEqual(
          Math.max(1_000, spreadMs),
        );
        expect(reconnectDelayMs("network", 0, spreadMs, () => r)).toBeLessThan(1_000);
      }),
    );
    expect(reconnectDelayMs("server", 0, 60_000, () => 0.5)).toBe(30_000);
  });

  it("doubles with each failure, with full jitter, from 200 ms to 30 s", () => {
    fc.assert(
      fc.property(random, fc.integer({ min: 1, max: 1_000 }), (r, failures) => {
        const delayMs = reconnectDelayMs("server", failures, 0, () => r);
        expect(delayMs).toBeGreaterThanOrEqual(200);
        expect(delayMs).toBeLessThanOrEqual(Math.min(30_000, 1_000 * 2 ** failures));
      }),
    );
  });

  it("is long when the server is full", () => {
    expect([0, 1].map((r) => reconnectDelayMs("crowded", 0, 0, () => r))).toEqual([5_000, 30_000]);
  });
});

describe("clocks", () => {
  it("are compared within half the round trip, whatever the offset and however the delays are split", () => {
    const delay = fc.double({ min: 0, max: 500, noNaN: true });
    fc.assert(
      fc.property(
        delay,
        delay,
        delay,
        fc.integer({ min: -3_600_000, max: 3_600_000 }),
        (there, busy, back, offsetMs) => {
          const t0 = 1_000_000;
          const t1 = t0 + there + offsetMs;
          const estimate = measure({ t0, t1, t2: t1 + busy, t3: t0 + there + busy + back });
          expect(estimate.rttMs).toBeCloseTo(there + back, 6);
          expect(Math.abs(estimate.offsetMs - offsetMs)).toBeLessThanOrEqual(estimate.errorMs + 1e-6);
        },
      ),
    );
  });

  it("take the offset of the shortest of the last eight round trips that are not too old", () => {
    const sync = new ClockSync();
    const exchange = (rttMs: number, offsetMs: number) => ({
      t0: 0,
      t1: rttMs / 2 + offsetMs,
      t2: rttMs / 2 + offsetMs,
      t3: rttMs,
    });
    sync.add(exchange(10, 7), 0);
    for (let i = 1; i < 8; i++) sync.add(exchange(100, 50), i);
    expect(sync.best(10)?.offsetMs).toBe(7);
    sync.add(exchange(100, 50), 8);
    expect(sync.best(10)?.offsetMs).toBe(50);
    expect(sync.best(400_000)).toBeUndefined();
    expect(sync.rttMs).toBe(100);
  });

  it("leave out answers of a busy server and times that ran backwards", () => {
    const sync = new ClockSync();
    sync.add({ t0: 0, t1: 5, t2: 56, t3: 60 }, 0);
    sync.add({ t0: 10, t1: 5, t2: 5, t3: 9 }, 0);
    expect(sync.best(0)).toBeUndefined();
  });
});

describe("the latency of a beat", () => {
  it.each([
    [
      "with a good offset is the one-way delay",
      { rttMs: 40, offsetMs: -60_000, errorMs: 20 },
      60_030,
      { ms: 30, kind: "one-way" },
    ],
    [
      "with a bad offset is half the round trip",
      { rttMs: 60, offsetMs: 3, errorMs: 30 },
      12,
      { ms: 30, kind: "half-rtt" },
    ],
    [
      "with an offset that makes it arrive before it left is half the round trip",
      { rttMs: 4, offsetMs: -20, errorMs: 2 },
      12,
      { ms: 2, kind: "half-rtt" },
    ],
    ["without an offset is two clocks subtracted", undefined, 12, { ms: 12, kind: "uncorrected" }],
    ["is never below nothing", undefined, -500, { ms: 0, kind: "uncorrected" }],
  ])("%s", (_, clock, arrivedAt, expected) => {
    expect(latencyOf(0, arrivedAt, clock)).toEqual(expected);
  });
});
