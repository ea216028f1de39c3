import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Room } from "./room.ts";
import { Rooms } from "./rooms.ts";

function setUp(options: Partial<ConstructorParameters<typeof Rooms>[0]> = {}) {
  const time = { now: 0 };
  const rooms = new Rooms({
    maxRooms: 3,
    roomMessages: 5,
    roomBytes: 1_000,
    historyBytes: 2_000,
    roomKeepMs: 600_000,
    now: () => time.now,
    wallNow: () => 1_000_000 + time.now,
    ...options,
  });
  const enter = (name: string): Room => {
    const room = rooms.enter(name);
    if (room === undefined) throw new Error(`no room ${name}`);
    return room;
  };
  const say = (room: Room, text: string): string => rooms.publish(room, () => text);
  return { rooms, time, enter, say };
}

/** What a reader that has seen `since` gets. */
function readFrom(room: Room, since: string): { texts: string[]; gap: boolean } {
  const { after, gap } = room.placeOf(since);
  const texts: string[] = [];
  for (let at = after, next = room.next(at); next !== undefined; next = room.next(at)) {
    texts.push(next.text);
    at = next.number;
  }
  return { texts, gap };
}

describe("a room", () => {
  it("gives what came after an offset, in order", () => {
    const { enter, say } = setUp();
    const room = enter("a");
    const first = say(room, "one");
    say(room, "two");
    const third = say(room, "three");
    expect(readFrom(room, first)).toEqual({ texts: ["two", "three"], gap: false });
    expect(readFrom(room, third)).toEqual({ texts: [], gap: false });
    expect(room.newest).toBe(third);
  });

  it.each([
    ["of another history", "999-1"],
    ["newer than the newest", "1000000-9"],
    ["that is none of ours", "1705-abc"],
  ])("tells a gap for an offset %s, then all that is kept", (_, since) => {
    const { enter, say } = setUp();
    const room = enter("a");
    say(room, "one");
    expect(readFrom(room, since)).toEqual({ texts: ["one"], gap: true });
  });

  it("keeps its newest messages, and tells a gap for one that is no longer kept", () => {
    const { enter, say } = setUp();
    const room = enter("a");
    const [first = "", second = ""] = Array.from({ length: 7 }, (_, i) => say(room, `m${i}`));
    expect(readFrom(room, second)).toEqual({ texts: ["m2", "m3", "m4", "m5", "m6"], gap: false });
    expect(readFrom(room, first)).toEqual({ texts: ["m2", "m3", "m4", "m5", "m6"], gap: true });
  });

  it("tells its audience each message once, in order, until they leave", () => {
    const { enter, say } = setUp();
    const room = enter("a");
    const heard: string[] = [];
    const leave = room.listen(
      ({ text }) => heard.push(text),
      () => 0,
    );
    say(room, "one");
    leave();
    leave();
    say(room, "two");
    expect(heard).toEqual(["one"]);
  });
});

describe("the rooms together", () => {
  it("stay within their bytes: the room used longest ago loses first", () => {
    const { enter, say } = setUp({ roomMessages: 100 });
    const [a, b, c] = [enter("a"), enter("b"), enter("c")];
    for (const room of [a, b, c]) say(room, "x".repeat(900));
    expect([a.bytes, b.bytes, c.bytes]).toEqual([0, 900, 900]);
  });

  it("never hold more than they may, whatever is said where", () => {
    const steps = fc.array(
      fc.record({ room: fc.constantFrom("a", "b", "c", "d", "e"), length: fc.nat(1_500) }),
    );
    fc.assert(
      fc.property(steps, (said) => {
        const { rooms, enter, say } = setUp();
        for (const { room, length } of said) say(enter(room), "x".repeat(length));
        expect(rooms.size).toBeLessThanOrEqual(3);
        const held = ["a", "b", "c", "d", "e"].map((name) => rooms.enter(name)?.bytes ?? 0);
        expect(Math.max(...held)).toBeLessThanOrEqual(1_000);
        expect(held.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThanOrEqual(2_000);
      }),
    );
  });

  it("forget an empty room after its time, and its history begins anew", () => {
    const { rooms, enter, say, time } = setUp();
    const leave = enter("a").listen(
      () => undefined,
      () => time.now,
    );
    const offset = say(enter("a"), "one");
    time.now = 700_000;
    rooms.sweep();
    expect(rooms.size).toBe(1);
    leave();
    time.now += 599_999;
    rooms.sweep();
    expect(rooms.size).toBe(1);
    time.now += 1;
    rooms.sweep();
    expect(rooms.size).toBe(0);
    expect(readFrom(enter("a"), offset)).toEqual({ texts: [], gap: true });
  });

  it("make place for a new one by forgetting the one that is empty longest, and refuse when none is empty", () => {
    const { rooms, enter, time } = setUp();
    const leaves = ["a", "b", "c"].map((name) =>
      enter(name).listen(
        () => undefined,
        () => time.now,
      ),
    );
    expect(rooms.enter("d")).toBeUndefined();
    time.now = 1;
    leaves[1]?.();
    time.now = 2;
    leaves[0]?.();
    expect(rooms.enter("d")?.name).toBe("d");
    expect(rooms.size).toBe(3);
    expect(rooms.enter("a")?.emptySince).toBe(2);
  });
});
