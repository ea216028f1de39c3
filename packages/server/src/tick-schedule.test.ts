import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TickSchedule } from "./tick-schedule.ts";

/** A monotonic and a wall clock that move together until one is set. */
class Clocks {
  monotonicMs = 5_000.25;
  wallMs = 1_700_000_000_400;

  advance(ms: number): void {
    this.monotonicMs += ms;
    this.wallMs += ms;
  }

  now(): { monotonicMs: number; wallMs: number } {
    return { monotonicMs: this.monotonicMs, wallMs: Math.floor(this.wallMs) };
  }

  toNextTick(schedule: TickSchedule): void {
    this.advance(Math.max(0, schedule.nextAt - this.monotonicMs));
  }
}

describe("the schedule of ticks", () => {
  it("begins with the next whole second of the wall clock", () => {
    const clocks = new Clocks();
    const schedule = new TickSchedule(1_000, clocks.now());
    expect(schedule.nextAt - clocks.monotonicMs).toBe(600);
    expect(schedule.take(clocks.now(), 30)).toEqual([]);
    clocks.advance(599.9);
    expect(schedule.take(clocks.now(), 30)).toEqual([]);
    clocks.advance(0.1);
    expect(schedule.take(clocks.now(), 30)).toMatchObject([{ number: 1, ts: 1_700_000_001_000 }]);
  });

  it("never drifts, however late each tick runs", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 50, maxLength: 50 }),
        (lateness) => {
          const clocks = new Clocks();
          const schedule = new TickSchedule(1_000, clocks.now());
          for (const [i, lateMs] of lateness.entries()) {
            clocks.toNextTick(schedule);
            clocks.advance(lateMs);
            const [tick] = schedule.take(clocks.now(), 1);
            expect(tick).toMatchObject({ number: i + 1, ts: 1_700_000_001_000 + i * 1_000 });
            expect(clocks.wallMs).toBeGreaterThanOrEqual(tick?.ts ?? Number.POSITIVE_INFINITY);
          }
        },
      ),
    );
  });

  it("gives the last ticks of a stall, one for each slot at most, and uses up the numbers of the others", () => {
    const clocks = new Clocks();
    const schedule = new TickSchedule(1_000, clocks.now());
    clocks.toNextTick(schedule);
    clocks.advance(4_200);
    expect(schedule.take(clocks.now(), 3).map(({ number }) => number)).toEqual([3, 4, 5]);
    clocks.toNextTick(schedule);
    expect(schedule.take(clocks.now(), 3).map(({ number }) => number)).toEqual([6]);
  });

  it("follows a wall clock that is corrected by at most 50 ms a tick", () => {
    const clocks = new Clocks();
    const schedule = new TickSchedule(1_000, clocks.now());
    clocks.toNextTick(schedule);
    clocks.wallMs += 130;
    const steps: number[] = [];
    for (let i = 0; i < 5; i++) {
      const before = clocks.monotonicMs;
      schedule.take(clocks.now(), 1);
      clocks.toNextTick(schedule);
      steps.push(Math.round(clocks.monotonicMs - before));
    }
    expect(steps).toEqual([950, 950, 970, 1_000, 1_000]);
  });

  it.each([3_600_000, -3_600_000])(
    "starts anew at the next second when the wall clock was set by %d ms",
    (stepMs) => {
      const clocks = new Clocks();
      const schedule = new TickSchedule(1_000, clocks.now());
      clocks.toNextTick(schedule);
      schedule.take(clocks.now(), 1);
      clocks.advance(500);
      clocks.wallMs += stepMs;
      clocks.toNextTick(schedule);
      const [second] = schedule.take(clocks.now(), 1);
      clocks.toNextTick(schedule);
      const [third] = schedule.take(clocks.now(), 1);
      expect([second?.number, third?.number]).toEqual([2, 3]);
      expect(third?.ts).toBe(1_700_000_002_000 + Math.ceil(stepMs / 1_000) * 1_000 + 1_000);
    },
  );

  it("can wait: a late start is no stall", () => {
    const clocks = new Clocks();
    const schedule = new TickSchedule(1_000, clocks.now());
    clocks.advance(60_000);
    schedule.restart(clocks.now());
    expect(schedule.take(clocks.now(), 30)).toEqual([]);
    clocks.toNextTick(schedule);
    expect(schedule.take(clocks.now(), 30)).toMatchObject([{ number: 1, ts: 1_700_000_061_000 }]);
  });

  it("keeps tenths of a second for short intervals", () => {
    const clocks = new Clocks();
    const schedule = new TickSchedule(100, clocks.now());
    expect(schedule.nextAt - clocks.monotonicMs).toBe(100);
  });
});
