import { describe, expect, it } from "vitest";
import { fromOfSession } from "./from.ts";
import { Sessions } from "./sessions.ts";

const ID = "0b6ce5e2-1c0e-4d0a-9a43-0d6b7f3c2f11";

function setUp(maxSessions = 3) {
  const time = { now: 0 };
  const sessions = new Sessions<string>({ sessionKeepMs: 120_000, maxSessions, now: () => time.now });
  return { sessions, time };
}

describe("sessions", () => {
  it("are the same for the same id, in any case of its letters, and new without one", () => {
    const { sessions } = setUp();
    const first = sessions.enter(ID);
    expect(first.resumed).toBe(false);
    expect(sessions.enter(ID.toUpperCase())).toEqual({ session: first.session, resumed: true });
    expect(sessions.enter(undefined).session.id).not.toBe(ID);
  });

  it("are held by their newest connection", () => {
    const { session } = setUp().sessions.enter(ID);
    expect(session.attach("old")).toBeUndefined();
    expect(session.attach("new")).toBe("old");
    expect(session.detach("old", 5)).toBe(false);
    expect(session.holder).toBe("new");
  });

  it("are kept for their time after they closed, and not longer", () => {
    const { sessions, time } = setUp();
    const { session } = sessions.enter(ID);
    session.attach("one");
    sessions.leave(session, "one");
    time.now = 119_999;
    sessions.sweep();
    expect(sessions.has(ID)).toBe(true);
    time.now = 120_000;
    sessions.sweep();
    expect(sessions.has(ID)).toBe(false);
  });

  it("are bounded: those that closed first go first, open ones stay", () => {
    const { sessions } = setUp(2);
    const ids = Array.from({ length: 4 }, () => {
      const { session } = sessions.enter(undefined);
      session.attach(session.id);
      return session;
    });
    expect(sessions.size).toBe(4);
    for (const session of ids.slice(0, 3)) sessions.leave(session, session.id);
    expect(ids.map(({ id }) => sessions.has(id))).toEqual([false, false, true, true]);
  });

  it("remember the last thousand ids that were sent", () => {
    const { session } = setUp().sessions.enter(ID);
    for (let i = 0; i < 1_001; i++) session.remember(`m${i}`, `1-${i}`);
    expect([session.offsetOf("m0"), session.offsetOf("m1"), session.offsetOf("m1000")]).toEqual([
      undefined,
      "1-1",
      "1-1000",
    ]);
  });

  it("are seen by others as twelve characters that are the same everywhere", () => {
    expect(fromOfSession(ID)).toMatch(/^[\w-]{12}$/);
    expect(fromOfSession(ID)).toBe(setUp().sessions.enter(ID).session.from);
    expect(fromOfSession(ID)).not.toBe(fromOfSession(ID.replace("0b", "0c")));
  });
});
