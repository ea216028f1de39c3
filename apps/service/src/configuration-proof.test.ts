import { graceMs, LIMITS } from "@lubdub/protocol";
import { impossibilities } from "@lubdub/server";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";

const tenths = (min: number, max: number) =>
  fc.integer({ min: min / 100, max: max / 100 }).map((n) => n * 100);
const intervals = tenths(200, 300_000);

describe("the configuration proof", () => {
  it("finds the defaults possible at every interval, for the engine as well", () => {
    fc.assert(
      fc.property(intervals, (interval) => {
        const result = parseConfig({ interval: `${interval}ms` }, {});
        expect(result.ok && impossibilities(result.config)).toEqual([]);
      }),
    );
  });

  it("lets pass exactly what the engine can work with", () => {
    const times = fc.integer({ min: 10, max: 300_000 });
    fc.assert(
      fc.property(intervals, times, times, (intervalMs, answerInMs, probeInMs) => {
        const flags = { interval: `${intervalMs}ms`, answerIn: `${answerInMs}ms`, probeIn: `${probeInMs}ms` };
        const isPossible = impossibilities({ intervalMs, answerInMs, probeInMs }).length === 0;
        expect(parseConfig(flags, {}).ok).toBe(isPossible);
      }),
    );
  });

  it("names two sides in every refusal", () => {
    const durations = fc.integer({ min: 1_000, max: 400_000 }).map((ms) => `${ms}ms`);
    fc.assert(
      fc.property(durations, durations, (proxyIdle, stopGrace) => {
        const result = parseConfig({ proxyIdle, stopGrace }, {});
        for (const problem of result.ok ? [] : result.problems) {
          expect(problem.match(/--[a-z-]+ \S+/g)?.length).toBeGreaterThanOrEqual(2);
        }
      }),
    );
  });

  it("holds for what is no flag: the largest grace ends before the second beat, the largest message fits the buffer", () => {
    fc.assert(
      fc.property(intervals, (interval) => {
        const worst = Array.from({ length: 64 }, () => 60_000);
        expect(interval + graceMs(worst, interval)).toBeLessThan(2 * interval);
      }),
    );
    expect(LIMITS.sendBufferBytes).toBeGreaterThanOrEqual(LIMITS.maxFrameBytes);
    expect(LIMITS.maxFrameBytes).toBeGreaterThan(LIMITS.maxTextBytes);
  });
});
