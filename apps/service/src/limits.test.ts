import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drainSlots, reconnectSpreadMs } from "./drain-slots.ts";
import { RateLimit } from "./rate-limit.ts";
import { readUpgradeQuery } from "./upgrade-query.ts";

describe("the rate limit", () => {
  const limit = { perSecond: 20, burst: 40 };

  it("lets a burst through, then its rate", () => {
    const rate = new RateLimit(limit, 0);
    const at = (now: number, count: number): string[] => Array.from({ length: count }, () => rate.judge(now));
    expect(new Set(at(0, 40))).toEqual(new Set(["pass"]));
    expect(at(0, 1)).toEqual(["refuse"]);
    expect(at(50, 2)).toEqual(["pass", "refuse"]);
  });

  it("closes whoever goes on for ten seconds, and nobody who pauses", () => {
    const closing = (pauseAt: number): number | undefined => {
      const rate = new RateLimit(limit, 0);
      for (let now = 0; now < 15_000; now += 10) {
        if (now >= pauseAt && now < pauseAt + 3_000) continue;
        if (rate.judge(now) === "close") return now;
      }
      return undefined;
    };
    expect(closing(99_999)).toBeGreaterThanOrEqual(10_000);
    expect(closing(99_999)).toBeLessThan(11_500);
    expect(closing(6_000)).toBeUndefined();
  });
});

describe("the slots of a drain", () => {
  it("are one for each connection, spread evenly, in random order, well within the drain time", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_000 }),
        fc.integer({ min: 100, max: 60_000 }),
        (count, drainMs) => {
          const slots = drainSlots(count, 1_000, drainMs);
          const sorted = [...slots].sort((a, b) => a - b);
          const steps = sorted.slice(1).map((slot, i) => slot - (sorted[i] ?? 0));
          expect(slots).toHaveLength(count);
          expect(sorted[0]).toBeGreaterThan(0);
          expect(sorted.at(-1)).toBeLessThan(0.8 * drainMs);
          if (steps.length > 0) expect(Math.max(...steps) - Math.min(...steps)).toBeLessThan(1e-6);
        },
      ),
    );
    expect(drainSlots(4, 1_000, 10_000, () => 0)).not.toEqual([25, 75, 125, 175]);
  });

  it("let clients come back no faster than the node can take them", () => {
    expect([0, 5_000, 1_000_000].map((count) => reconnectSpreadMs(count, 1_000))).toEqual([
      1_000, 5_500, 120_000,
    ]);
  });
});

describe("the query of an upgrade", () => {
  const read = (query: string, speaksV1 = true) => readUpgradeQuery(new URLSearchParams(query), speaksV1);

  it("has defaults for all it leaves out, and ignores what it does not know", () => {
    expect(read("utm=1&utm=2")).toEqual({
      ok: true,
      query: { session: undefined, room: "lobby", since: undefined, standby: false },
    });
  });

  it.each([
    ["session=secret", '"session" must be a UUID, got 6 characters that are none'],
    ["room=a b", '"room" must be 1 to 64 of A-Z a-z 0-9 . _ -, got "a b"'],
    ["room=", '"room" must be 1 to 64 of A-Z a-z 0-9 . _ -, got ""'],
    ["room=a&room=b", '"room" must be given once'],
    ["since=12", '"since" must be the offset of a chat message, got "12"'],
    ["since=-", '"since" must be the offset of a chat message, got "-"'],
    ["standby=yes", '"standby" must be 1, got "yes"'],
  ])("%s is refused", (query, problem) => {
    expect(read(query)).toEqual({ ok: false, problem });
  });

  it("takes no standby from a client that can't claim it", () => {
    expect(read("standby=1", false)).toEqual({
      ok: false,
      problem: '"standby" needs the subprotocol lubdub.v1',
    });
    expect(read("standby=1")).toMatchObject({ ok: true, query: { standby: true } });
  });
});
