import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CloseCode,
  closeCodeSentence,
  mayReconnect,
  reconnectRule,
  truncateCloseReason,
} from "./close-code.ts";
import { graceMs, probeInMs, scaleMs } from "./grace.ts";
import {
  type BeatsOwed,
  beatsOwedAfter,
  beatsOwedOnBeat,
  type Health,
  type HealthInput,
  healthAt,
} from "./health.ts";
import { isRoomName, isSessionId } from "./names.ts";
import { decodePing, encodePing } from "./ping-payload.ts";
import { INITIAL_QUALITY, nextQuality, type Quality, qualityOf } from "./quality.ts";
import {
  averageLatency,
  latencyStatistics,
  median,
  medianAbsoluteDeviation,
  quantile,
} from "./statistics.ts";
import { chooseSubprotocol } from "./subprotocol.ts";
import { formatMillisecondTimestamp, formatTimestamp, parseTimestamp } from "./timestamp.ts";

describe("timestamps", () => {
  const moment = Date.UTC(2024, 0, 15, 10, 30);

  it("are written in UTC, in whole seconds, cut and not rounded", () => {
    expect(formatTimestamp(moment + 999)).toBe("2024-01-15T10:30:00+00:00");
    expect(formatMillisecondTimestamp(moment + 7)).toBe("2024-01-15T10:30:00.007+00:00");
  });

  it.each([
    ["2024-01-15T10:30:00+00:00", 0],
    ["2024-01-15T10:30:00+0000", 0],
    ["2024-01-15T10:30:00Z", 0],
    ["2024-01-15T12:30:00+02:00", 0],
    ["2024-01-15T05:00:00-0530", 0],
    ["2024-01-15T10:30:00.250Z", 250],
    [` ${moment} `, 0],
    [moment + 5, 5],
  ])("%s is read", (value, pastMs) => {
    expect(parseTimestamp(value)).toBe(moment + pastMs);
  });

  it.each([["soon"], [""], [Number.NaN], [9e15], [null], [undefined], [{}], ["2024-02-31"], ["1e400"]])(
    "%s is not",
    (value) => {
      expect(parseTimestamp(value)).toBeUndefined();
    },
  );

  it("that were written are read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), (seconds) => {
        expect(parseTimestamp(formatTimestamp(seconds * 1000))).toBe(seconds * 1000);
      }),
    );
  });

  it("never yield NaN", () => {
    fc.assert(fc.property(fc.anything(), (value) => !Number.isNaN(parseTimestamp(value))));
  });
});

describe("health", () => {
  const base: HealthInput = {
    now: 100_000,
    openedAt: 0,
    lastFrameAt: 99_000,
    hasBeat: true,
    intervalMs: 30_000,
    graceMs: 1_500,
    paused: false,
    probeFailed: false,
    beatsOwed: 0,
  };
  const aged = (ageMs: number): Partial<HealthInput> => ({ lastFrameAt: base.now - ageMs });

  it.each<[string, Partial<HealthInput>, Health]>([
    ["a beat a second ago", {}, "connected"],
    ["exactly an interval and its grace", aged(31_500), "connected"],
    ["a moment more", aged(31_501), "warning"],
    ["exactly two intervals", aged(60_000), "warning"],
    ["a moment more than two intervals", aged(60_001), "error"],
    ["a probe without an answer", { probeFailed: true }, "error"],
    ["just opened, no frame", { lastFrameAt: undefined, openedAt: 99_990, hasBeat: false }, "waiting"],
    ["open for long, no frame", { lastFrameAt: undefined, openedAt: 60_000, hasBeat: false }, "warning"],
    ["frames, but no beat yet", { hasBeat: false }, "waiting"],
    ["a hidden page, however old the last frame", { ...aged(500_000), paused: true }, "paused"],
    ["a beat still owed", { beatsOwed: 1 }, "warning"],
  ])("%s is judged", (_, change, expected) => {
    expect(healthAt({ ...base, ...change })).toBe(expected);
  });

  it("comes back with one on-time beat after a warning and with two after an error", () => {
    const after = (health: Health, beats: readonly boolean[]): BeatsOwed =>
      beats.reduce<BeatsOwed>(beatsOwedOnBeat, beatsOwedAfter(0, health));
    expect(after("connected", [])).toBe(0);
    expect(after("warning", [false])).toBe(1);
    expect(after("warning", [true])).toBe(0);
    expect(after("error", [true])).toBe(1);
    expect(after("error", [true, false])).toBe(1);
    expect(after("error", [true, true])).toBe(0);
  });
});

describe("grace and probe", () => {
  it("are those of the rules at an interval of 30 s", () => {
    expect(graceMs([], 30_000)).toBe(1_500);
    expect(graceMs(Array(8).fill(0), 30_000)).toBe(1_000);
    expect(graceMs(Array(8).fill(2_000), 30_000)).toBe(3_000);
    expect(graceMs(Array(8).fill(20_000), 30_000)).toBe(5_000);
    expect([
      probeInMs(undefined, 30_000),
      probeInMs(10, 30_000),
      probeInMs(1_000, 30_000),
      probeInMs(5_000, 30_000),
    ]).toEqual([5_000, 3_000, 6_000, 8_000]);
  });

  it("shrink with the interval, but not below what a timer is late by", () => {
    expect(scaleMs(3_000, 3_000)).toBe(300);
    expect(scaleMs(3_000, 200)).toBe(100);
    expect(scaleMs(3_000, 300_000)).toBe(3_000);
  });

  it("leave room for warning before error at any interval", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 200, max: 300_000 }),
        fc.array(fc.nat(60_000)),
        (intervalMs, lateness) => {
          expect(intervalMs + graceMs(lateness, intervalMs)).toBeLessThan(2 * intervalMs);
        },
      ),
    );
  });
});

describe("quality", () => {
  it.each<[readonly number[], Quality]>([
    [[10, 10], "unknown"],
    [[10, 12, 11], "excellent"],
    [[60, 62, 61], "good"],
    [[10, 90, 45, 12, 80], "fair"],
    [[150, 150, 150], "fair"],
    [[250, 250, 250], "poor"],
    [[900, 900, 10, 10, 10, 10, 10, 10, 10, 10], "excellent"],
  ])("of %j is %s", (samples, expected) => {
    expect(qualityOf(samples)).toBe(expected);
  });

  it("changes only when the next class has held for two beats, and not at the edge", () => {
    const steady = (level: number): number[] => Array(8).fill(level);
    const good = nextQuality(INITIAL_QUALITY, steady(80));
    expect(good.quality).toBe("good");
    expect(nextQuality(nextQuality(good, steady(110)), steady(110)).quality).toBe("good");
    const once = nextQuality(good, steady(150));
    expect(once.quality).toBe("good");
    expect(nextQuality(once, steady(150)).quality).toBe("fair");
    expect(nextQuality(nextQuality(good, steady(45)), steady(45)).quality).toBe("good");
    expect(nextQuality(nextQuality(good, steady(30)), steady(30)).quality).toBe("excellent");
  });
});

describe("statistics", () => {
  it("are those of a small set done by hand", () => {
    expect(averageLatency([10, 20, 60])).toBe(30);
    expect(median([3, 1, 2, 10])).toBe(2.5);
    expect(quantile([0, 10], 0.95)).toBe(9.5);
    expect(medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9])).toBeCloseTo(1.4826);
    expect(latencyStatistics([1, 2, 3])).toEqual({
      count: 3,
      mean: 2,
      p50: 2,
      p95: 2.9,
      max: 3,
      jitter: 1.4826,
    });
  });

  it("of nothing are nothing, never NaN", () => {
    expect([averageLatency([]), median([]), medianAbsoluteDeviation([]), latencyStatistics([])]).toEqual(
      Array(4).fill(undefined),
    );
  });
});

describe("close codes", () => {
  it("say who may come back by itself", () => {
    const staying = Object.values(CloseCode).filter((code) => !mayReconnect(code));
    expect(staying).toEqual([1000, 1003, 1007, 1008, 1009, 4001, 4009]);
    expect([reconnectRule(1006), reconnectRule(1005), reconnectRule(4999)]).toEqual([
      "slot",
      "backoff",
      "backoff",
    ]);
    expect(closeCodeSentence(4999)).toBe("closed with code 4999");
  });

  it("have reasons of at most 123 bytes, cut between characters", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300, unit: "grapheme" }), (reason) => {
        const cut = truncateCloseReason(reason);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(123);
        expect(reason.startsWith(cut)).toBe(true);
        expect(cut === reason || Buffer.byteLength(cut) >= 120).toBe(true);
      }),
    );
  });
});

it("pings carry the beat's number, and say when they are probes", () => {
  fc.assert(
    fc.property(fc.nat(0x7fff_ffff), fc.boolean(), (beat, probe) => {
      expect(decodePing(encodePing(beat, probe))).toEqual({ beat, probe });
    }),
  );
  expect(decodePing(new Uint8Array(3))).toBeUndefined();
});

it("the first known subprotocol of an offer is taken", () => {
  expect(chooseSubprotocol(["graphql-ws", "lubdub.v1.gzip", "lubdub.v1"])).toBe("lubdub.v1.gzip");
  expect(chooseSubprotocol(["graphql-ws"])).toBeUndefined();
});

it("rooms and sessions have names of their own kind", () => {
  expect(["lobby", "a.b-c_9", "x".repeat(64)].every(isRoomName)).toBe(true);
  expect(["", "a b", "ä", "x".repeat(65)].some(isRoomName)).toBe(false);
  expect(isSessionId("0B6CE5E2-1c0e-4d0a-9a43-0d6b7f3c2f11")).toBe(true);
  expect(isSessionId("0b6ce5e21c0e4d0a9a430d6b7f3c2f11")).toBe(false);
});
