import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeWebSocket } from "../test/fake-web-socket.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { type Connection, connect } from "./connection.ts";

const T0 = Date.UTC(2024, 0, 15, 10, 30);
const open: Connection[] = [];
let place = 0;

beforeEach(() => {
  vi.useFakeTimers({ now: T0 });
  FakeWebSocket.made = [];
});
afterEach(() => {
  for (const connection of open.splice(0)) connection.close();
  vi.useRealTimers();
});

/** A connection to a server of its own, whose jitter is always half. */
function dial(options: Partial<ConnectOptions> = {}): Connection {
  place += 1;
  const url = `ws://server-${place}.test/ws`;
  const connection = connect({
    url,
    WebSocket: FakeWebSocket,
    sessionKey: null,
    random: () => 0.5,
    ...options,
  });
  open.push(connection);
  return connection;
}

function beat(number: number, ts = Date.now()): object {
  return { ts: new Date(ts).toISOString().replace(/\.\d+Z/, "+00:00"), beat: number, intervalMs: 30_000 };
}

describe("meeting a server", () => {
  it("offers lubdub.v1 and measures once it is welcome", () => {
    const connection = dial();
    expect(FakeWebSocket.last.offered).toEqual(["lubdub.v1"]);
    expect(connection.getSnapshot()).toMatchObject({
      state: { phase: "connecting", attempt: 1 },
      health: "waiting",
    });
    FakeWebSocket.last.welcome();
    expect(connection.getSnapshot()).toMatchObject({ state: { phase: "open" }, measuring: true, from: "me" });
  });

  it("dials again without an offer when the handshake fails, and remembers it for that server", () => {
    const connection = dial();
    FakeWebSocket.last.lose();
    expect(FakeWebSocket.last.offered).toEqual([]);
    FakeWebSocket.last.accept("");
    expect(connection.getSnapshot()).toMatchObject({ state: { phase: "open" }, measuring: false });
    const url = new URL(FakeWebSocket.last.url);
    dial({ url: `ws://${url.host}/ws` });
    expect(FakeWebSocket.last.offered).toEqual([]);
  });

  it("offers again after a failed try of both: the server was down", async () => {
    dial();
    FakeWebSocket.last.lose();
    FakeWebSocket.last.lose();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(FakeWebSocket.made).toHaveLength(3);
    expect(FakeWebSocket.last.offered).toEqual(["lubdub.v1"]);
  });

  it("says nothing of its own before the welcome, and takes a server without one for a plain one", async () => {
    const connection = dial();
    connection.send("hello");
    FakeWebSocket.last.accept();
    expect(FakeWebSocket.last.sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(connection.getSnapshot().measuring).toBe(false);
    expect(FakeWebSocket.last.sent).toMatchObject([{ type: "chat", text: "hello" }]);
  });

  it("gives an attempt five seconds", async () => {
    dial();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeWebSocket.made[0]?.terminated).toBe(true);
  });

  it("refuses an address that is none", () => {
    expect(() => connect({ url: "ftp://x/", WebSocket: FakeWebSocket })).toThrow(
      'url must begin with ws: or wss:, got "ftp://x/"',
    );
  });
});

describe("beats", () => {
  it("are acknowledged with what was noticed, and make the connection healthy", () => {
    const connection = dial();
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.hear(beat(10));
    FakeWebSocket.last.hear(beat(70));
    FakeWebSocket.last.hear(beat(70));
    const acks = FakeWebSocket.last.sent.filter(({ type }) => type === "ack");
    expect(acks).toMatchObject([
      { beat: 10, skipped: 0, duplicates: 0, page: "visible" },
      { beat: 70, skipped: 1, duplicates: 0 },
      { beat: 70, skipped: 0, duplicates: 1 },
    ]);
    expect(connection.getSnapshot()).toMatchObject({
      health: "connected",
      totalHeartbeats: 2,
      missed: 1,
      duplicates: 1,
    });
  });

  it("change the snapshot once, and time alone never does", async () => {
    const connection = dial();
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.hear(beat(10));
    await vi.advanceTimersByTimeAsync(20);
    const before = connection.getSnapshot();
    const heard = vi.fn();
    connection.subscribe(heard);
    await vi.advanceTimersByTimeAsync(20_000);
    const inBetween = heard.mock.calls.length;
    expect(inBetween).toBe(0);
    expect(connection.getSnapshot()).toBe(before);
    FakeWebSocket.last.hear(beat(40));
    await vi.advanceTimersByTimeAsync(20);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(connection.getSnapshot()).not.toBe(before);
  });

  it("are answered to with five exchanges of clocks in the first two seconds", async () => {
    dial();
    FakeWebSocket.last.welcome();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(FakeWebSocket.last.sent.filter(({ type }) => type === "probe")).toHaveLength(5);
  });
});

describe("silence", () => {
  async function silentAfterBeat(): Promise<Connection> {
    const connection = dial();
    FakeWebSocket.last.welcome();
    await vi.advanceTimersByTimeAsync(10_000);
    FakeWebSocket.last.hear(beat(10));
    FakeWebSocket.last.sent.length = 0;
    return connection;
  }

  it("is noticed after the interval and its grace, asked about, and ends the socket when nothing answers", async () => {
    const connection = await silentAfterBeat();
    const first = FakeWebSocket.last;
    await vi.advanceTimersByTimeAsync(31_499);
    expect(connection.getSnapshot().health).toBe("connected");
    await vi.advanceTimersByTimeAsync(5);
    expect(connection.getSnapshot().health).toBe("warning");
    expect(first.sent).toMatchObject([{ type: "probe" }]);
    await vi.advanceTimersByTimeAsync(5_100);
    expect(first.terminated).toBe(true);
    expect(connection.getSnapshot().state).toMatchObject({ phase: "reconnecting" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  it("ends with any answer, and one on-time beat makes it healthy again", async () => {
    const connection = await silentAfterBeat();
    await vi.advanceTimersByTimeAsync(32_000);
    FakeWebSocket.last.hear({ type: "clock", t0: 0, t1: 0, t2: 0 });
    await vi.advanceTimersByTimeAsync(8_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(connection.getSnapshot().health).toBe("warning");
    FakeWebSocket.last.hear(beat(40));
    expect(connection.getSnapshot().health).toBe("warning");
    await vi.advanceTimersByTimeAsync(30_000);
    FakeWebSocket.last.hear(beat(70));
    expect(connection.getSnapshot().health).toBe("connected");
  });

  it("after a sleep of the device is asked about first and judged later", async () => {
    let sleptMs = 0;
    const clock = { monotonicMs: () => performance.now() + sleptMs, wallMs: () => Date.now() + sleptMs };
    const connection = dial({ clock });
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.hear(beat(10));
    await vi.advanceTimersByTimeAsync(10_000);
    FakeWebSocket.last.sent.length = 0;
    sleptMs = 3_600_000;
    await vi.advanceTimersByTimeAsync(22_000);
    expect(FakeWebSocket.last.sent).toMatchObject([{ type: "probe" }]);
    expect(FakeWebSocket.made).toHaveLength(1);
    FakeWebSocket.last.hear(beat(3_700));
    expect(connection.getSnapshot()).toMatchObject({ health: "connected", missed: 0 });
  });

  it("of a plain server that never sent a beat is no reason to leave it", async () => {
    const connection = dial({ protocols: [] });
    FakeWebSocket.last.accept("");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(connection.getSnapshot().health).not.toBe("connected");
  });
});

describe("a loss", () => {
  it.each([
    [1006, 4_000],
    [1012, 4_000],
    [1011, 1_000],
    [1013, 17_500],
  ])("by %d leads back after the wait that its code asks for", async (code, waitMs) => {
    const connection = dial();
    FakeWebSocket.last.welcome();
    await vi.advanceTimersByTimeAsync(11_000);
    FakeWebSocket.last.lose(code);
    const { state } = connection.getSnapshot();
    expect(
      state.phase === "reconnecting" && state.retryAt !== null && state.retryAt - performance.now(),
    ).toBe(waitMs);
    await vi.advanceTimersByTimeAsync(waitMs);
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  it.each([1000, 1008, 1009, 4009, 4001])("by %d is the end until somebody asks", async (code) => {
    const connection = dial();
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.lose(code, "why");
    await vi.advanceTimersByTimeAsync(300_000);
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(connection.getSnapshot()).toMatchObject({ state: { phase: "closed", code }, problem: "why" });
    connection.reconnect();
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  it("that was announced leads back when the server asked for it", async () => {
    dial();
    FakeWebSocket.last.welcome();
    FakeWebSocket.last.hear({ type: "bye", reason: "draining", reconnectAfterMs: 8_123 });
    await vi.advanceTimersByTimeAsync(100);
    FakeWebSocket.last.lose(1012);
    await vi.advanceTimersByTimeAsync(8_022);
    expect(FakeWebSocket.made).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(FakeWebSocket.made).toHaveLength(2);
  });

  it("is shown as a warning at first and as an error after three seconds", async () => {
    const connection = dial();
    FakeWebSocket.last.welcome();
    await vi.advanceTimersByTimeAsync(11_000);
    FakeWebSocket.last.lose();
    expect(connection.getSnapshot().health).toBe("warning");
    await vi.advanceTimersByTimeAsync(3_001);
    expect(connection.getSnapshot().health).toBe("error");
  });

  it("resumes with session and offset, and sends what was written meanwhile only after the replay", async () => {
    const connection = dial();
    FakeWebSocket.last.welcome();
    const at = "2024-01-15T10:30:00.000+00:00";
    FakeWebSocket.last.hear({ type: "chat", id: "x", from: "you", text: "hi", at, offset: "7-1" });
    connection.send("on its way");
    const [sent] = FakeWebSocket.last.sent.filter(({ type }) => type === "chat");
    FakeWebSocket.last.lose();
    connection.send("written away");
    connection.retryNow();
    const second = FakeWebSocket.last;
    const query = new URL(second.url).searchParams;
    expect([query.get("session"), query.get("since")]).toEqual([
      "0b6ce5e2-1c0e-4d0a-9a43-0d6b7f3c2f11",
      "7-1",
    ]);
    second.accept();
    const chats = (): unknown[] =>
      second.sent.filter(({ type }) => type === "chat").map(({ id, text }) => [id, text]);
    second.welcome({ resumed: true });
    expect(chats()).toEqual([
      [sent?.id, "on its way"],
      [expect.any(String), "written away"],
    ]);
  });

  it("hears nothing more of the old socket", async () => {
    const connection = dial();
    const first = FakeWebSocket.last;
    first.welcome();
    connection.reconnect();
    FakeWebSocket.last.welcome();
    first.hear(beat(99));
    first.lose(4009);
    expect(connection.getSnapshot()).toMatchObject({ state: { phase: "open" }, totalHeartbeats: 0 });
  });
});

describe("sending", () => {
  it("refuses at once what can never be delivered", () => {
    const connection = dial({ outboxLimit: 2 });
    expect(connection.send("")).toEqual({ ok: false, problem: "a message must not be empty" });
    expect(connection.send("ä".repeat(9_000))).toEqual({
      ok: false,
      problem: "a message must have at most 16384 bytes, got 18000",
    });
    connection.send("1");
    connection.send("2");
    expect(connection.send("3")).toMatchObject({ ok: false });
    connection.close();
    expect(connection.send("4")).toEqual({ ok: false, problem: "the connection is closed: reconnect first" });
  });

  it("offers again what came too fast, and says what was refused for good", async () => {
    const connection = dial();
    FakeWebSocket.last.welcome();
    const first = connection.send("one");
    const second = connection.send("two");
    if (!first.ok || !second.ok) throw new Error("refused");
    FakeWebSocket.last.hear({ type: "error", code: "too_fast", message: "slowly", id: first.id });
    FakeWebSocket.last.hear({ type: "error", code: "too_large", message: "too large", id: second.id });
    await vi.advanceTimersByTimeAsync(1_000);
    const texts = FakeWebSocket.last.sent.filter(({ type }) => type === "chat").map(({ text }) => text);
    expect(texts).toEqual(["one", "two", "one"]);
    expect(connection.getSnapshot().messages).toMatchObject([
      { state: "sent" },
      { state: "refused", problem: "too large" },
    ]);
  });
});

it("leaves no timer and no listener behind, however often it is opened and closed", async () => {
  for (let i = 0; i < 200; i++) {
    const connection = connect({ url: "ws://leak.test/ws", WebSocket: FakeWebSocket, sessionKey: null });
    if (i % 3 > 0) FakeWebSocket.last.welcome();
    if (i % 3 > 1) FakeWebSocket.last.lose();
    connection.close();
    connection.close();
  }
  await vi.advanceTimersByTimeAsync(20);
  expect(vi.getTimerCount()).toBe(0);
  for (const socket of FakeWebSocket.made)
    expect([socket.onopen, socket.onmessage, socket.onclose]).toEqual([null, null, null]);
});
