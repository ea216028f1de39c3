import { describe, expect, it } from "vitest";
import { ChatReader } from "./chat-reader.ts";
import type { Room } from "./room.ts";
import { Rooms } from "./rooms.ts";

function setUp() {
  const rooms = new Rooms({
    maxRooms: 3,
    roomMessages: 5,
    roomBytes: 1_000,
    historyBytes: 2_000,
    roomKeepMs: 600_000,
    now: () => 0,
    wallNow: () => 1_000_000,
  });
  const room = rooms.enter("a") as Room;
  const sent: string[] = [];
  const sink = { send: (text: string) => sent.push(text), bufferedBytes: 0, onceDrained: () => undefined };
  const reader = new ChatReader(room, sink, { since: undefined, now: () => 0, done: () => undefined });
  const say = (...texts: string[]): void => {
    for (const text of texts) rooms.publish(room, () => text);
  };
  return { reader, sent, say };
}

describe("the chat of a page that does not run", () => {
  it("waits in the room, and comes in order when the page runs again", () => {
    const { reader, sent, say } = setUp();
    say("one");
    reader.hold();
    say("two", "three");
    expect(sent).toEqual(["one"]);
    reader.release();
    say("four");
    expect(sent).toEqual(["one", "two", "three", "four"]);
  });

  it("is bounded by what the room keeps; what is gone is told as a gap", () => {
    const { reader, sent, say } = setUp();
    reader.hold();
    say("1", "2", "3", "4", "5", "6", "7");
    reader.release();
    expect(JSON.parse(sent[0] ?? "")).toMatchObject({ type: "error", code: "history_gap" });
    expect(sent.slice(1)).toEqual(["3", "4", "5", "6", "7"]);
  });

  it("is not heard of again once the connection has ended", () => {
    const { reader, sent, say } = setUp();
    reader.hold();
    reader.stop();
    reader.release();
    say("late");
    expect(sent).toEqual([]);
  });
});
