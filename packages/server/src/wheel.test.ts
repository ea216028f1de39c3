import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeartbeatWheel, type WheelMember } from "./wheel.ts";

const member = (): WheelMember => ({ slot: -1, position: -1 });

describe("the wheel", () => {
  it("has a member due in the slot it joined, once in each turn", () => {
    const wheel = new HeartbeatWheel(5);
    const one = member();
    wheel.join(one, 7);
    const due = Array.from({ length: 10 }, (_, i) => wheel.dueAt(10 + i).includes(one));
    expect(due).toEqual([false, false, true, false, false, false, false, true, false, false]);
  });

  it("has every member that stayed, and nobody else, whoever joined and left in between", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ tick: fc.nat(20), leaves: fc.option(fc.nat(50)) })), (steps) => {
        const wheel = new HeartbeatWheel(4);
        const joined: WheelMember[] = [];
        const inside = new Set<WheelMember>();
        for (const { tick, leaves } of steps) {
          const one = member();
          wheel.join(one, tick);
          joined.push(one);
          inside.add(one);
          const leaver = joined[leaves ?? -1];
          if (leaver === undefined) continue;
          wheel.leave(leaver);
          inside.delete(leaver);
        }
        expect(new Set(wheel)).toEqual(inside);
        expect(wheel.size).toBe(inside.size);
        const due = [0, 1, 2, 3].flatMap((tick) => wheel.dueAt(tick));
        expect(new Set(due)).toEqual(inside);
        expect(due).toHaveLength(inside.size);
      }),
    );
  });

  it("keeps a round as it was when members leave during it", () => {
    const wheel = new HeartbeatWheel(1);
    const members = [member(), member(), member()];
    for (const each of members) wheel.join(each, 0);
    const round = wheel.dueAt(0);
    for (const each of members) wheel.leave(each);
    expect(round).toEqual(members);
    expect(wheel.size).toBe(0);
  });
});
