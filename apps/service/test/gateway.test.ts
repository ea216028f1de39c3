import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { parseConfig, type RunningService, startService } from "../src/index.ts";
import { ChatClient } from "./chat-client.ts";

const SESSION = "0b6ce5e2-1c0e-4d0a-9a43-0d6b7f3c2f11";
const V1 = ["lubdub.v1"];

interface Served extends AsyncDisposable {
  readonly service: RunningService;
  /** The address of `/ws` with this query. */
  ws(query?: string): string;
  api(path: string): Promise<Record<string, never>>;
  metric(series: string): Promise<number>;
}

/** A real service in this process, on a free port. */
async function serve(flags: Record<string, string> = {}): Promise<Served> {
  const parsed = parseConfig({ port: "0", logLevel: "silent", drain: "1s", ...flags }, {});
  if (!parsed.ok) throw new Error(parsed.problems.join("; "));
  const service = await startService(parsed.config);
  const base = `http://127.0.0.1:${service.port}`;
  return {
    service,
    ws: (query = "") => `ws://127.0.0.1:${service.port}/ws${query}`,
    api: async (path) => (await fetch(`${base}${path}`)).json() as Promise<Record<string, never>>,
    async metric(series) {
      const text = await (await fetch(`${base}/metrics`)).text();
      return Number(
        text
          .split("\n")
          .find((line) => line.startsWith(`${series} `))
          ?.split(" ")[1],
      );
    },
    [Symbol.asyncDispose]: () => service.stop(),
  };
}

describe("chat of the plain protocol", () => {
  it("reaches everybody in the room, its sender included, and nobody else", async () => {
    await using served = await serve();
    await using one = await ChatClient.open(served.ws("?room=a"));
    await using two = await ChatClient.open(served.ws("?room=a"));
    await using other = await ChatClient.open(served.ws("?room=b"));
    one.say("just text");
    one.say({ type: "chat", id: "m1", text: "with an id" });
    const echoed = await one.hears({ id: "m1" });
    expect(await two.hears({ id: "m1" })).toEqual(echoed);
    expect(Object.keys(echoed)).toEqual(["type", "id", "from", "text", "at", "offset"]);
    expect(echoed.from).toMatch(/^[\w-]{12}$/);
    expect(echoed.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
    expect(two.texts).toEqual(["just text", "with an id"]);
    await other.settles();
    expect(other.texts).toEqual([]);
  });

  it("answers ping with pong and makes no chat of it", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws());
    await client.settles();
    expect(client.texts).toEqual([]);
  });

  it("gives a plain client nothing unasked but heartbeats and chat", async () => {
    await using served = await serve({ interval: "200ms" });
    await using client = await ChatClient.open(served.ws());
    client.say("hello");
    await client.hears({ type: "chat" });
    while (client.heard.filter(({ ts }) => ts !== undefined).length < 3) await once(client.socket, "message");
    const kinds = new Set(client.heard.map(({ ts, type }) => (ts === undefined ? type : "heartbeat")));
    expect(kinds).toEqual(new Set(["chat", "heartbeat"]));
    expect(
      client.heard.filter(({ ts }) => ts !== undefined).every((beat) => Object.keys(beat).join() === "ts"),
    ).toBe(true);
  });

  it("acknowledges a repeated id without sending it again, also over a new connection of the session", async () => {
    await using served = await serve();
    await using witness = await ChatClient.open(served.ws());
    const first = await ChatClient.open(served.ws(`?session=${SESSION}`));
    first.say({ type: "chat", id: "m1", text: "once" });
    const { offset } = await first.hears({ id: "m1" });
    first.say({ type: "chat", id: "m1", text: "once" });
    expect(await first.hears({ type: "duplicate" })).toEqual({ type: "duplicate", id: "m1", offset });
    await first[Symbol.asyncDispose]();
    await using second = await ChatClient.open(served.ws(`?session=${SESSION}`));
    second.say({ type: "chat", id: "m1", text: "once" });
    await second.hears({ type: "duplicate", id: "m1", offset });
    await witness.settles();
    expect(witness.texts).toEqual(["once"]);
  });

  it("replays what came after `since`, then goes on live in the same order", async () => {
    await using served = await serve();
    await using one = await ChatClient.open(served.ws());
    for (const text of ["a", "b", "c"]) one.say({ type: "chat", id: text, text });
    const { offset } = await one.hears({ id: "a" });
    await one.hears({ id: "c" });
    await using two = await ChatClient.open(served.ws(`?since=${offset}`));
    one.say({ type: "chat", id: "d", text: "d" });
    await two.hears({ id: "d" });
    expect(two.texts).toEqual(["b", "c", "d"]);
  });

  it("names a gap in the history before all that is kept", async () => {
    await using served = await serve();
    await using one = await ChatClient.open(served.ws());
    one.say({ type: "chat", id: "a", text: "a" });
    await one.hears({ id: "a" });
    await using two = await ChatClient.open(served.ws("?since=123-4"));
    await two.hears({ type: "chat" });
    expect(two.heard.filter(({ ts }) => ts === undefined)).toMatchObject([
      { type: "error", code: "history_gap" },
      { type: "chat", text: "a" },
    ]);
  });

  it("hands a session over to its newest connection", async () => {
    await using served = await serve();
    await using old = await ChatClient.open(served.ws(`?session=${SESSION}`));
    await using young = await ChatClient.open(served.ws(`?session=${SESSION}`));
    expect(await old.closed).toEqual({
      code: 4009,
      reason: "the session was taken over by a newer connection",
    });
    young.say({ type: "chat", id: "1", text: "still here" });
    await young.hears({ text: "still here" });
    expect(await served.metric('app_connections_closed_total{cause="replaced"}')).toBe(1);
  });
});

describe("lubdub.v1", () => {
  it("welcomes first, with the session, the promise and the limits, and says when the replay is over", async () => {
    await using served = await serve({ interval: "2s" });
    await using client = await ChatClient.open(served.ws(`?session=${SESSION}`), V1);
    await client.hears({ type: "replayed" });
    expect(client.heard[0]).toMatchObject({
      type: "welcome",
      session: SESSION,
      resumed: false,
      standby: false,
      intervalMs: 2_000,
      tickMs: 1_000,
      limits: { perSecond: 20, burst: 40, maxText: 16_384 },
    });
    expect(client.heard[1]).toEqual({ type: "replayed", count: 0, upTo: null, gap: false });
  });

  it("numbers its beats and promises the next one", async () => {
    await using served = await serve({ interval: "200ms" });
    await using client = await ChatClient.open(served.ws(), V1);
    const isBeat = ({ beat }: { beat?: unknown }): boolean => beat !== undefined;
    while (client.heard.filter(isBeat).length < 3) await once(client.socket, "message");
    const numbers = client.heard.filter(isBeat).map(({ beat }) => Number(beat));
    expect(numbers.slice(1).map((beat, i) => beat - (numbers[i] ?? 0))).toEqual(
      numbers.slice(1).map(() => 2),
    );
    expect(client.heard.find(isBeat)).toMatchObject({ intervalMs: 200 });
  });

  it.each([
    ["lubdub.v1.binary", 13, 0x01],
    ["lubdub.v1.gzip", 60, 0x1f],
  ])("%s sends its beats as bytes", async (protocol, leastBytes, firstByte) => {
    await using served = await serve({ interval: "200ms" });
    await using client = await ChatClient.open(served.ws(), [protocol]);
    while (!client.heard.some(({ binary }) => binary !== undefined)) await once(client.socket, "message");
    const bytes = client.heard.find(({ binary }) => binary !== undefined)?.binary as Buffer;
    expect(bytes.length).toBeGreaterThanOrEqual(leastBytes);
    expect(bytes[0]).toBe(firstByte);
  });

  it("answers probe and ack with its clock", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(), V1);
    const before = Date.now();
    client.say({ type: "probe", t0: 12.5 });
    const { t1, t2 } = await client.hears({ type: "clock", t0: 12.5 });
    client.say({ type: "ack", beat: 1, t0: 13, page: "visible", skipped: 0, duplicates: 0 });
    await client.hears({ type: "clock", t0: 13 });
    expect(Number(t1)).toBeGreaterThan(before - 5);
    expect(Number(t2)).toBeGreaterThanOrEqual(Number(t1));
    expect(Number(t2)).toBeLessThan(Date.now() + 5);
  });

  it("knows a page that is hidden as paused", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(), V1);
    client.say({ type: "page", state: "hidden" });
    await client.settles();
    expect(await served.api("/api/connections")).toMatchObject({ connections: [{ health: "paused" }] });
    client.say({ type: "page", state: "visible" });
    await client.settles();
    expect(await served.api("/api/connections")).toMatchObject({ connections: [{ health: "waiting" }] });
  });

  it("keeps a standby out of session and chat until it claims them", async () => {
    await using served = await serve();
    await using first = await ChatClient.open(served.ws(`?session=${SESSION}`), V1);
    await using standby = await ChatClient.open(served.ws(`?session=${SESSION}&standby=1`), V1);
    expect(await standby.hears({ type: "welcome" })).toMatchObject({ standby: true, resumed: true });
    first.say({ type: "chat", id: "1", text: "before" });
    const { offset } = await first.hears({ text: "before" });
    standby.say({ type: "chat", id: "2", text: "too early" });
    await standby.hears({ type: "error", code: "bad_message", id: "2" });
    expect(standby.texts).toEqual([]);
    standby.say({ type: "claim", since: offset });
    expect(await standby.hears({ type: "replayed" })).toMatchObject({ count: 0, gap: false });
    await first.hears({ type: "bye", reason: "replaced" });
    expect((await first.closed).code).toBe(4009);
    standby.say({ type: "chat", id: "3", text: "mine now" });
    await standby.hears({ text: "mine now" });
  });
});

describe("whoever breaks a rule", () => {
  it.each([
    ["a binary frame", Buffer.from([1]), 1003, "binary frames are not taken here: send text"],
    [
      "a frame that is too large",
      "x".repeat(65_537),
      1009,
      "a frame was too large: at most 65536 bytes are taken",
    ],
  ])("with %s is closed with a sentence, and the cause is policy", async (_, frame, code, reason) => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws());
    client.socket.send(frame);
    expect(await client.closed).toEqual({ code, reason });
    expect(await served.metric('app_connections_closed_total{cause="policy"}')).toBe(1);
  });

  it("by speaking too fast is told so with the message's id, and what was let through is there", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws());
    for (let i = 0; i < 60; i++) client.say({ type: "chat", id: `m${i}`, text: "." });
    const refused = await client.hears({ type: "error", code: "too_fast" });
    expect(refused.id).toMatch(/^m\d+$/);
    expect(client.texts.length).toBeGreaterThanOrEqual(40);
  });

  it("by coming when the house is full is sent away, and can come when somebody left", async () => {
    await using served = await serve({ maxConnections: "5", maxPerAddress: "1" });
    const first = await ChatClient.open(served.ws());
    const second = new ChatClient(served.ws(), V1);
    expect(await second.closed).toEqual({
      code: 1013,
      reason: "full: 1 connections are open from your address",
    });
    await first[Symbol.asyncDispose]();
    await using third = await ChatClient.open(served.ws());
    await third.settles();
  });
});

describe("the books", () => {
  it("balance: opened less closed is what is open", async () => {
    await using served = await serve();
    const clients = await Promise.all(Array.from({ length: 10 }, () => ChatClient.open(served.ws())));
    for (const client of clients.slice(0, 6)) {
      client.socket.close(1000);
      await client.closed;
    }
    await clients[9]?.settles();
    expect(await served.metric("app_connections_opened_total")).toBe(10);
    expect(await served.metric('app_connections_closed_total{cause="closed_by_client"}')).toBe(6);
    expect(await served.metric("app_active_connections")).toBe(4);
    expect(await served.api("/api/fleet")).toMatchObject({ totals: { connections: 4 } });
    for (const client of clients.slice(6)) await client[Symbol.asyncDispose]();
  });

  it("never name a session's id", async () => {
    await using served = await serve();
    await using client = await ChatClient.open(served.ws(`?session=${SESSION}`), V1);
    client.say("hello");
    await client.hears({ type: "chat" });
    const pages = await Promise.all([served.api("/api/connections"), served.api("/api/fleet")]);
    expect(JSON.stringify([pages, client.heard.slice(1)])).not.toContain(SESSION);
  });
});

describe("a drain", () => {
  it("tells each client first, lets a measuring one know when, closes with 1012 and takes nobody in", async () => {
    await using served = await serve({ drain: "2s" });
    const plain = await ChatClient.open(served.ws());
    const measuring = await ChatClient.open(served.ws(), V1);
    const stopped = served.service.stop();
    expect(await measuring.hears({ type: "bye" })).toMatchObject({
      reason: "draining",
      closesInMs: expect.any(Number),
    });
    expect((await measuring.closed).code).toBe(1012);
    expect((await plain.closed).code).toBe(1012);
    expect(plain.heard.at(-1)).toMatchObject({ type: "bye", reason: "draining" });
    await stopped;
  });
});
