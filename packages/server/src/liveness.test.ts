import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkStepMs, defaultAnswerInMs, impossibilities, tickMsOf } from "./configuration.ts";
import { answerInMs, isMassExpiry, judgeBeat, type SinceBeat, smoothedRtt } from "./liveness.ts";
import { StallLedger } from "./stall-ledger.ts";

const times = { intervalMs: 30_000, answerInMs: 5_000, probeInMs: 5_000 };
const silent: SinceBeat = {
  beatAt: 0,
  intervalMs: times.intervalMs,
  hasEvidence: false,
  rttMs: undefined,
  stalledMs: 0,
};

describe("a beat", () => {
  it.each<[string, Partial<SinceBeat>, number, ReturnType<typeof judgeBeat>]>([
    ["any byte since", { hasEvidence: true }, 60_000, "alive"],
    ["silence, too early to tell", {}, 4_999, "wait"],
    ["silence to the end", {}, 5_000, "missed"],
    ["silence while we were stalled ourselves", { stalledMs: 3_000 }, 7_999, "stalled"],
    ["silence beyond our own stall", { stalledMs: 3_000 }, 8_000, "missed"],
    ["silence on a long line, within two round trips", { rttMs: 4_000 }, 7_999, "wait"],
    ["silence within a third of a shortened interval", { rttMs: 9_000, intervalMs: 15_000 }, 5_000, "missed"],
    ["silence on a very long line, beyond a third of the interval", { rttMs: 9_000 }, 10_000, "missed"],
  ])("with %s", (_, change, now, expected) => {
    expect(judgeBeat({ ...silent, ...change }, times.answerInMs, now)).toBe(expected);
  });

  it("is never missed before its answer time, nor waited for beyond the longest", () => {
    const rtt = fc.option(fc.nat(100_000), { nil: undefined });
    fc.assert(
      fc.property(rtt, fc.nat(100_000), fc.nat(200_000), (rttMs, stalledMs, now) => {
        const found = judgeBeat({ ...silent, rttMs, stalledMs }, times.answerInMs, now);
        if (now < times.answerInMs + stalledMs) expect(found).not.toBe("missed");
        if (now >= Math.max(times.answerInMs, times.intervalMs / 3) + stalledMs) expect(found).toBe("missed");
      }),
    );
  });
});

it("an answer time of its own stands where it is longer than a third of the interval", () => {
  expect(answerInMs(12_000, { rttMs: 9_000, intervalMs: 30_000 })).toBe(12_000);
});

it.each([
  [9, 9, false],
  [10, 34, false],
  [11, 34, true],
  [10, 10, true],
  [200, 400, true],
  [100, 1_000, false],
])("%d of %d expiring together is a mass: %s", (expired, judged, expected) => {
  expect(isMassExpiry(expired, judged)).toBe(expected);
});

it("the round-trip time follows its samples by an eighth", () => {
  expect(smoothedRtt(undefined, 80)).toBe(80);
  expect(smoothedRtt(80, 160)).toBe(90);
});

it("the ledger counts stalls and leaves out what every timer is late by", () => {
  const ledger = new StallLedger();
  for (const [at, latenessMs] of [3, 10, 500, 0, 40, 60].entries()) ledger.note(latenessMs, at);
  expect(ledger.totalMs).toBe(600);
  expect([ledger.longestSince(0), ledger.longestSince(3), ledger.longestSince(6)]).toEqual([500, 60, 0]);
});

describe("the times", () => {
  it("have defaults that always fit the interval", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 3_000 }), (tenths) => {
        const intervalMs = tenths * 100;
        const short = defaultAnswerInMs(intervalMs);
        const all = { intervalMs, answerInMs: short, probeInMs: short };
        expect(impossibilities(all)).toEqual([]);
        expect(intervalMs % tickMsOf(intervalMs)).toBe(0);
        expect(checkStepMs(all)).toBeLessThanOrEqual(Math.max(10, short / 4));
      }),
    );
  });

  it.each([
    [{ ...times, intervalMs: 100 }, "intervalMs must be from 200 to 300000, got 100"],
    [{ ...times, intervalMs: 20_050 }, "intervalMs must be a whole number of tenths of a second, got 20050"],
    [{ ...times, answerInMs: 0 }, "answerInMs must be above 0, got 0"],
    [{ ...times, probeInMs: Number.NaN }, "probeInMs must be above 0, got NaN"],
    [
      { intervalMs: 10_000, answerInMs: 6_000, probeInMs: 4_000 },
      "answerInMs + probeInMs must be below intervalMs, got 6000 + 4000 and 10000",
    ],
  ])("%j are refused", (wrong, sentence) => {
    expect(impossibilities(wrong)).toContain(sentence);
  });
});
