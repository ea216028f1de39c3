import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeClientMessage, encodeClientMessage } from "./client-message.ts";
import { utf8Length } from "./fields.ts";
import { decodeBinaryHeartbeat, encodeBinaryHeartbeat } from "./heartbeat-binary.ts";
import { decodeGzipHeartbeat, encodeGzipHeartbeat } from "./heartbeat-gzip.ts";
import { encodeHeartbeat, encodePlainHeartbeat } from "./heartbeat-json.ts";
import { LIMITS } from "./limits.ts";
import { type ClientMessage, ErrorCode, PAGE_STATES, REPORT_KINDS, type ServerMessage } from "./messages.ts";
import { decodeServerMessage, encodeServerMessage } from "./server-message.ts";

const id = fc.string({ minLength: 1, maxLength: 64 });
const offset = fc.string({ minLength: 1, maxLength: LIMITS.maxOffsetLength });
const text = fc.string({ minLength: 1, maxLength: 300, unit: "grapheme" });
const time = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const span = fc.double({ min: 0, max: 1e9, noNaN: true }).map((value) => value + 0);
const count = fc.nat(0xffff_ffff);
const second = fc.integer({ min: 0, max: 0xffff_ffff }).map((value) => value * 1000);
/** Leaves out the keys that are undefined, as the wire does. */
const optional = <T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  arbitrary.map(
    (value) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T,
  );
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const type = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);

const serverMessages = optional(
  fc.oneof(
    fc.record({ type: type("heartbeat"), ts: second }),
    fc.record({
      type: type("heartbeat"),
      ts: second,
      beat: count,
      intervalMs: fc.integer({ min: 1, max: 300_000 }),
      lateMs: maybe(fc.nat(100_000)),
    }),
    fc.record({ type: type("pong") }),
    fc.record({ type: type("chat"), id, from: id, text, at: id, offset }),
    fc.record({ type: type("duplicate"), id, offset }),
    fc.record({
      type: type("error"),
      code: fc.constantFrom(...Object.values(ErrorCode)),
      message: text,
      id: maybe(id),
    }),
    fc.record({ type: type("bye"), reason: id, reconnectAfterMs: span, closesInMs: maybe(span) }),
    fc.record({
      type: type("welcome"),
      session: id,
      from: id,
      resumed: fc.boolean(),
      standby: fc.boolean(),
      node: id,
      intervalMs: fc.integer({ min: 200, max: 300_000 }),
      tickMs: fc.constantFrom(100, 1000),
      reconnectSpreadMs: span,
      limits: fc.record({ perSecond: fc.constant(20), burst: fc.constant(40), maxText: fc.constant(16_384) }),
    }),
    fc.record({ type: type("spread"), reconnectSpreadMs: span }),
    fc.record({ type: type("clock"), t0: time, t1: time, t2: time }),
    fc.record({ type: type("replayed"), count, upTo: fc.option(offset), gap: fc.boolean() }),
  ) as fc.Arbitrary<ServerMessage>,
);

const page = fc.constantFrom(...PAGE_STATES);
const event = optional(
  fc.record({
    kind: fc.constantFrom(...REPORT_KINDS),
    at: time,
    detail: maybe(fc.string({ maxLength: 200 })),
  }),
);
const clientMessages = optional(
  fc.oneof(
    text
      .filter((each) => each !== "ping" && !each.trimStart().startsWith("{"))
      .map((each) => ({ type: "text" as const, text: each })),
    fc.record({ type: type("ping") }),
    fc.record({ type: type("chat"), id, text }),
    fc.record({
      type: type("ack"),
      beat: count,
      t0: time,
      page,
      skipped: count,
      duplicates: count,
      latencyMs: maybe(time),
    }),
    fc.record({ type: type("probe"), t0: time }),
    fc.record({ type: type("page"), state: page }),
    fc.record({ type: type("claim"), since: maybe(offset) }),
    fc.record({
      type: type("report"),
      t0: time,
      events: fc.array(event, { maxLength: LIMITS.maxReportEvents }),
    }),
  ) as fc.Arbitrary<ClientMessage>,
);

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.json(),
  fc
    .object({ key: fc.constantFrom("type", "ts", "id", "text", "beat", "events", "limits"), maxDepth: 3 })
    .map(String),
  fc
    .record(
      {
        type: fc.constantFrom(
          "chat",
          "ack",
          "welcome",
          "bye",
          "clock",
          "report",
          "page",
          "error",
          "replayed",
          "__proto__",
        ),
        id: fc.anything(),
        text: fc.anything(),
        beat: fc.anything(),
        t0: fc.anything(),
        events: fc.anything(),
        limits: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map((each) => {
      try {
        return JSON.stringify(each) ?? "";
      } catch {
        return "{";
      }
    }),
);

describe("messages", () => {
  it("of a server survive encoding and decoding", () => {
    fc.assert(
      fc.property(serverMessages, (message) => {
        expect(decodeServerMessage(encodeServerMessage(message))).toEqual({ ok: true, message });
      }),
      { numRuns: 500 },
    );
  });

  it("of a client survive encoding and decoding", () => {
    fc.assert(
      fc.property(clientMessages, (message) => {
        expect(decodeClientMessage(encodeClientMessage(message), "v1")).toEqual({ ok: true, message });
      }),
      { numRuns: 500 },
    );
  });

  it("no text makes a decoder throw, and a problem is one sentence", () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom("plain" as const, "v1" as const), (each, dialect) => {
        for (const result of [decodeServerMessage(each), decodeClientMessage(each, dialect)]) {
          if (!result.ok) expect(result.problem).toMatch(/^.{5,300}$/s);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("nested too deep to be written out again are a problem, not a crash", () => {
    const deep = `{"type":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
    expect(decodeClientMessage(deep, "v1")).toMatchObject({ ok: false, code: "bad_message" });
    expect(decodeServerMessage(deep)).toMatchObject({ ok: false });
  });

  it("of lubdub.v1 are unknown in the plain protocol", () => {
    expect(decodeClientMessage('{"type":"probe","t0":1}', "plain")).toEqual({
      ok: false,
      problem: 'unknown message type "probe"',
      code: "bad_message",
    });
  });

  it("that are too large say so with their own code and id", () => {
    const large = "ä".repeat(LIMITS.maxTextBytes / 2 + 1);
    expect(decodeClientMessage(large, "plain")).toMatchObject({ ok: false, code: "too_large" });
    const chat = JSON.stringify({ type: "chat", id: "7", text: large });
    expect(decodeClientMessage(chat, "plain")).toMatchObject({ ok: false, code: "too_large", id: "7" });
  });

  it("take their fields from the object itself, never from its prototype", () => {
    expect(decodeClientMessage('{"__proto__":{"type":"ping"}}', "v1")).toMatchObject({
      message: { type: "text" },
    });
    expect(decodeServerMessage('{"type":"toString"}')).toEqual({
      ok: false,
      problem: 'unknown message type "toString"',
    });
  });
});

describe("heartbeats", () => {
  const beat = { ts: Date.UTC(2024, 0, 15, 10, 30), beat: 417, intervalMs: 30_000 };

  it("have these exact bytes", () => {
    expect(encodePlainHeartbeat(beat.ts)).toBe('{"ts":"2024-01-15T10:30:00+00:00"}');
    expect(encodeHeartbeat(beat)).toBe('{"ts":"2024-01-15T10:30:00+00:00","beat":417,"intervalMs":30000}');
    const bytes = Buffer.from(encodeBinaryHeartbeat({ ...beat, lateMs: 84 })).toString("hex");
    expect(bytes).toBe("0165a50928000001a10bb80054");
  });

  it("of the binary encoding survive, to the second and to 10 ms of the interval", () => {
    const numbered = optional(
      fc.record({
        ts: second,
        beat: count,
        intervalMs: fc.integer({ min: 1, max: 65_535 }).map((value) => value * 10),
        lateMs: maybe(fc.integer({ min: 1, max: 65_535 })),
      }),
    );
    fc.assert(
      fc.property(numbered, (each) => {
        const decoded = decodeBinaryHeartbeat(encodeBinaryHeartbeat(each as typeof beat));
        expect(decoded).toEqual({ ok: true, message: { type: "heartbeat", ...each } });
      }),
    );
  });

  it("of the gzip encoding survive", async () => {
    expect(await decodeGzipHeartbeat(await encodeGzipHeartbeat(beat))).toEqual({
      ok: true,
      message: { type: "heartbeat", ...beat },
    });
  });

  it("no bytes make a decoder throw or reject", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        decodeBinaryHeartbeat(bytes);
        await decodeGzipHeartbeat(bytes);
        await decodeGzipHeartbeat(gzipSync(bytes).subarray(0, bytes[0] ?? 5));
      }),
    );
  });

  it("that unpack to more than a kilobyte are refused", async () => {
    const bomb = gzipSync(" ".repeat(10_000_000));
    expect(await decodeGzipHeartbeat(bomb)).toEqual({
      ok: false,
      problem: "not a gzip of at most 1024 bytes of text",
    });
  });

  it("with a ts that can't be read are still life", () => {
    for (const ts of ["yesterday", null, {}, "2024-13-45T99:99:99Z"]) {
      const decoded = decodeServerMessage(JSON.stringify({ ts, beat: 3 }));
      expect(decoded).toEqual({ ok: true, message: { type: "heartbeat", ts: undefined, beat: 3 } });
    }
  });
});

it("the length of a text in bytes is that of its UTF-8", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (each) => utf8Length(each) === Buffer.byteLength(each)),
  );
});
