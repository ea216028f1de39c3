import type { Heartbeat } from "@lubdub/protocol";
import { describe, expect, it, vi } from "vitest";
import { BeatLedger, type HeartbeatRecord } from "./beat-ledger.ts";
import { ChatLedger } from "./chat-ledger.ts";
import { Pacer } from "./pacer.ts";

describe("the ledger of beats", () => {
  function setUp() {
    const ledger = new BeatLedger(4, 30_000);
    ledger.begin({ intervalMs: 30_000, tickMs: 1_000 });
    const add = (receivedAt: number, heartbeat: Partial<Heartbeat> = {}): HeartbeatRecord | undefined =>
      ledger.add({
        heartbeat: { type: "heartbeat", ts: 1_705_314_600_000, ...heartbeat },
        latency: { ms: 20, kind: "one-way" },
        receivedAt,
        wallAt: 1_705_314_600_020 + receivedAt,
      });
    return { ledger, add };
  }

  it("counts beats that were left out by their numbers", () => {
    const { ledger, add } = setUp();
    add(0, { beat: 10, intervalMs: 30_000 });
    expect(add(30_000, { beat: 40, intervalMs: 30_000 })).toMatchObject({ skipped: 0, onTime: true });
    expect(add(120_000, { beat: 130, intervalMs: 30_000 })).toMatchObject({ skipped: 2, onTime: false });
    expect(ledger.counts).toEqual({ total: 3, missed: 2, duplicates: 0 });
  });

  it("counts repeated ones, and does not show them again", () => {
    const { ledger, add } = setUp();
    add(0, { beat: 10 });
    expect(add(5, { beat: 10 })).toBeUndefined();
    expect(ledger.counts).toEqual({ total: 1, missed: 0, duplicates: 1 });
    expect(ledger.records).toHaveLength(1);
  });

  it("counts by time where there are no numbers", () => {
    const { add } = setUp();
    add(0);
    expect(add(30_900)).toMatchObject({ skipped: 0, onTime: true });
    expect(add(125_000)).toMatchObject({ skipped: 2, onTime: false });
  });

  it("knows the numbers of another process for what they are, and counts the time away", () => {
    const { ledger, add } = setUp();
    add(0, { beat: 4_000 });
    ledger.begin({ intervalMs: 30_000, tickMs: 1_000 });
    expect(add(100_000, { beat: 3 })).toMatchObject({ skipped: 2, onTime: true });
    expect(ledger.counts.duplicates).toBe(0);
  });

  it("holds nothing against a page that slept", () => {
    const { ledger, add } = setUp();
    add(0, { beat: 10 });
    ledger.forgetTiming();
    expect(add(900_000, { beat: 910 })).toMatchObject({ skipped: 0, onTime: true });
  });

  it("follows the interval that a beat promises", () => {
    const { ledger, add } = setUp();
    add(0, { beat: 10, intervalMs: 15_000 });
    expect(ledger.intervalMs).toBe(15_000);
    expect(add(30_000, { beat: 40, intervalMs: 15_000 })).toMatchObject({ skipped: 1 });
  });

  it("shows a beat whose time can't be read, without a latency", () => {
    const { ledger } = setUp();
    const arrival = { receivedAt: 5, wallAt: 77, latency: undefined };
    const record = ledger.add({ heartbeat: { type: "heartbeat", ts: undefined }, ...arrival });
    expect(record).toMatchObject({ latency: null, latencyKind: null, timestamp: new Date(77) });
    expect([ledger.averageLatency, ledger.statistics, ledger.quality]).toEqual([
      undefined,
      undefined,
      "unknown",
    ]);
  });

  it("keeps the last ones, and learns how late is usual", () => {
    const { ledger, add } = setUp();
    for (let i = 0; i < 20; i++) add(i * 30_000 + (i % 2) * 2_000, { beat: 10 + i * 30 });
    expect(ledger.records).toHaveLength(4);
    expect(ledger.counts.total).toBe(20);
    expect(ledger.graceMs).toBe(3_000);
  });
});

describe("the ledger of chat", () => {
  const at = new Date(0);
  const chat = (id: string, from: string, offset: string) => ({
    type: "chat" as const,
    id,
    from,
    text: id,
    at: "2024-01-15T10:30:00.000+00:00",
    offset,
  });
  const states = (ledger: ChatLedger): string[] => ledger.messages.map(({ id, state }) => `${id} ${state}`);

  it("follows a message from the outbox to its echo", () => {
    const ledger = new ChatLedger(10, 10);
    ledger.write("m1", "hello", at);
    expect(states(ledger)).toEqual(["m1 queued"]);
    ledger.sent("m1");
    expect(ledger.nextQueued()).toBeUndefined();
    expect(ledger.received(chat("m1", "me", "1-1"))).toMatchObject({ own: true, state: "delivered" });
    expect([states(ledger), ledger.pending, ledger.since]).toEqual([["m1 delivered"], 0, "1-1"]);
  });

  it("sends again after a loss what had no echo, under its own id, and takes a duplicate as the echo", () => {
    const ledger = new ChatLedger(10, 10);
    ledger.write("m1", "one", at);
    ledger.write("m2", "two", at);
    ledger.sent("m1");
    ledger.requeue();
    expect(ledger.nextQueued()?.id).toBe("m1");
    ledger.acknowledged("m1", "1-1");
    expect(states(ledger)).toEqual(["m1 delivered", "m2 queued"]);
  });

  it("drops what came before, by sender and id", () => {
    const ledger = new ChatLedger(10, 10);
    ledger.received(chat("m1", "a", "1-1"));
    expect(ledger.received(chat("m1", "a", "2-1"))).toBeUndefined();
    expect(ledger.received(chat("m1", "b", "2-2"))).toBeDefined();
    expect(ledger.messages).toHaveLength(2);
  });

  it("keeps its bounds: the oldest go, own ones on their way never", () => {
    const ledger = new ChatLedger(3, 2);
    expect([ledger.write("w1", "t", at), ledger.write("w2", "t", at), ledger.write("w3", "t", at)]).toEqual([
      true,
      true,
      false,
    ]);
    for (let i = 1; i <= 5; i++) ledger.received(chat(`m${i}`, "a", `1-${i}`));
    expect(states(ledger)).toEqual([
      "m3 delivered",
      "m4 delivered",
      "m5 delivered",
      "w1 queued",
      "w2 queued",
    ]);
  });

  it("says why a message was refused, and lets one that came too fast wait", () => {
    const ledger = new ChatLedger(10, 10);
    ledger.write("m1", "one", at);
    ledger.write("m2", "two", at);
    ledger.sent("m1");
    ledger.sent("m2");
    ledger.refused("m1", "too large");
    ledger.postponed("m2");
    expect(ledger.messages).toMatchObject([{ state: "refused", problem: "too large" }, { state: "queued" }]);
  });
});

it("the pacer stays at three quarters of what the server allows", () => {
  vi.useFakeTimers({ now: 0 });
  try {
    const pacer = new Pacer({ perSecond: 20, burst: 40 }, () => Date.now());
    const sentAt: number[] = [];
    pacer.run(() => sentAt.push(Date.now()) < 75);
    expect(sentAt).toHaveLength(30);
    vi.advanceTimersByTime(10_000);
    expect(sentAt).toHaveLength(75);
    expect(sentAt.at(-1)).toBeGreaterThanOrEqual(3_000);
    expect(sentAt.at(-1)).toBeLessThan(3_200);
  } finally {
    vi.useRealTimers();
  }
});
