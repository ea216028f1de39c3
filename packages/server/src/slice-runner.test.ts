import { describe, expect, it } from "vitest";
import { SliceRunner } from "./slice-runner.ts";

/** A clock that moves only when the work does. */
function setUp(costMs: number) {
  const time = { now: 0 };
  const runner = new SliceRunner({ monotonicMs: () => time.now, wallMs: () => time.now });
  const done: number[] = [];
  const slices: number[] = [];
  const run = (members: readonly number[]): void =>
    runner.run(
      members,
      () => slices.push(done.length),
      (member) => {
        time.now += costMs;
        done.push(member);
      },
    );
  const turns = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await new Promise(setImmediate);
  };
  return { runner, run, done, slices, turns };
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("a round", () => {
  it("is written in slices of sixty, with a turn of the loop in between, in order and nobody twice", async () => {
    const { run, done, turns } = setUp(0);
    run(numbers(200));
    expect(done).toHaveLength(60);
    await turns(1);
    expect(done.length).toBeLessThanOrEqual(120);
    await turns(5);
    expect(done).toEqual(numbers(200));
  });

  it("yields sooner where each write is slow", async () => {
    const { run, done, turns } = setUp(1);
    run(numbers(40));
    expect(done.length).toBeLessThan(10);
    await turns(20);
    expect(done).toEqual(numbers(40));
  });

  it("waits for the one before it", async () => {
    const { run, done, turns } = setUp(0);
    run(numbers(100));
    run([777]);
    await turns(5);
    expect(done).toEqual([...numbers(100), 777]);
  });

  it("is told of each slice before it, so that its lateness can be said", async () => {
    const { run, slices, turns } = setUp(0);
    run(numbers(130));
    await turns(5);
    expect(slices[0]).toBe(0);
    expect(slices.length).toBeGreaterThanOrEqual(3);
  });

  it("ends where it is when it is dropped", async () => {
    const { runner, run, done, turns } = setUp(0);
    run(numbers(200));
    runner.clear();
    await turns(5);
    expect(done).toHaveLength(60);
  });
});
