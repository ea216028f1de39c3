import { describe, expect, it } from "vitest";
import { addressPrefix } from "./address-prefix.ts";
import { type Circumstances, causeOfDeath, type Ending } from "./cause-of-death.ts";
import { ConnectionStory, STORY_KINDS, storyCode } from "./connection-story.ts";
import { nextDelaySplit } from "./delay-split.ts";
import { IdleTimeouts } from "./idle-timeouts.ts";
import { PageWatch } from "./page-watch.ts";

const ending: Ending = { code: 1006, closedHere: false, transport: "peer" };
const nothing: Circumstances = {
  decided: undefined,
  isFrozen: false,
  wasStalled: false,
  isIdleTimeout: false,
};

describe("a connection that ended", () => {
  it.each<[string, Partial<Ending>, Partial<Circumstances>, ReturnType<typeof causeOfDeath>]>([
    ["with a close frame of the client", { code: 1000 }, {}, "closed_by_client"],
    ["as its page went away", { code: 1001 }, {}, "closed_by_client"],
    ["because its process was killed", {}, {}, "closed_by_client"],
    ["by our close frame", { code: 1000, closedHere: true }, {}, "closed_by_server"],
    ["by our terminate", { transport: "self" }, {}, "closed_by_server"],
    ["by an error of the network", { transport: "network" }, {}, "network_silent"],
    ["after a verdict", { transport: "self" }, { decided: "network_silent" }, "network_silent"],
    ["by policy", { code: 1008, closedHere: true }, { decided: "policy" }, "policy"],
    ["when its frozen page woke", { code: 1001 }, { isFrozen: true }, "page_frozen"],
    ["cut, with its page frozen", {}, { isFrozen: true }, "page_frozen"],
    ["with a proper goodbye of a frozen page", { code: 1000 }, { isFrozen: true }, "closed_by_client"],
    ["cut, after we were stalled", {}, { wasStalled: true }, "server_stalled"],
    [
      "by a keep-alive of the client, after we were stalled",
      { code: 1011 },
      { wasStalled: true },
      "server_stalled",
    ],
    ["with a goodbye, after we were stalled", { code: 1000 }, { wasStalled: true }, "closed_by_client"],
    ["cut, like others, after the same idle time", {}, { isIdleTimeout: true }, "idle_timeout_suspected"],
    ["with a close frame after that idle time", { code: 1000 }, { isIdleTimeout: true }, "closed_by_client"],
  ])("%s", (_, end, known, expected) => {
    expect(causeOfDeath({ ...ending, ...end }, { ...nothing, ...known })).toBe(expected);
  });
});

describe("idle timeouts", () => {
  const note = (timeouts: IdleTimeouts, cuts: readonly (readonly [idleMs: number, at: number])[]) =>
    cuts.map(([idleMs, at]) => timeouts.note({ place: "10.0.0.0/24", idleMs, at }));

  it("are recognised by the third cut within 2 %", () => {
    expect(
      note(new IdleTimeouts(), [
        [60_000, 0],
        [60_600, 5_000],
        [59_700, 9_000],
      ]),
    ).toEqual([undefined, undefined, 60_100]);
  });

  it("are not seen in cuts after different times, nor in those of other places", () => {
    const timeouts = new IdleTimeouts();
    expect(
      note(timeouts, [
        [60_000, 0],
        [62_000, 5_000],
        [64_000, 9_000],
        [10_000, 10_000],
      ]),
    ).toEqual(Array.from({ length: 4 }, () => undefined));
    expect(timeouts.note({ place: "10.0.1.0/24", idleMs: 60_000, at: 11_000 })).toBeUndefined();
  });

  it("are not seen in one moment that cuts everybody: that is a proxy which restarts", () => {
    const cuts = Array.from({ length: 50 }, (_, i) => [30_000 + i, 1_000 + i / 10] as const);
    expect(new Set(note(new IdleTimeouts(), cuts))).toEqual(new Set([undefined]));
  });

  it("take no account of short times, which are chance", () => {
    expect(
      note(new IdleTimeouts(), [
        [500, 0],
        [500, 1_000],
        [500, 2_000],
      ]),
    ).toEqual([undefined, undefined, undefined]);
  });

  it("forget the place that was longest without a cut when there are too many", () => {
    const timeouts = new IdleTimeouts();
    note(timeouts, [
      [60_000, 0],
      [60_000, 1_000],
    ]);
    for (let i = 0; i < 1_000; i++) timeouts.note({ place: String(i), idleMs: 5_000, at: 2_000 });
    expect(note(timeouts, [[60_000, 3_000]])).toEqual([undefined]);
  });
});

it.each([
  ["203.0.113.77", "203.0.113.0/24"],
  ["::ffff:203.0.113.77", "203.0.113.0/24"],
  ["2001:db8:7:1::42", "2001:db8:7::/48"],
  ["2001:0db8:0007::", "2001:db8:7::/48"],
  ["fe80::1%eth0", "fe80:0:0::/48"],
  ["::1", "0:0:0::/48"],
])("the neighbourhood of %s is %s", (address, expected) => {
  expect(addressPrefix(address)).toBe(expected);
});

describe("the story of a connection", () => {
  it("keeps the last 32 events, oldest first, to a tenth of a ms", () => {
    const story = new ConnectionStory();
    for (let i = 0; i < 40; i++) story.add(storyCode.beat, 1_000_000_000 + i + 0.25);
    const events = story.events();
    expect(events).toHaveLength(32);
    expect([events[0], events.at(-1)]).toEqual([
      { kind: "beat", at: 1_000_000_008.3 },
      { kind: "beat", at: 1_000_000_039.3 },
    ]);
  });

  it("knows each of its kinds again", () => {
    const story = new ConnectionStory();
    for (const kind of STORY_KINDS) story.add(storyCode[kind], 5);
    expect(story.events().map(({ kind }) => kind)).toEqual(STORY_KINDS);
  });
});

it("the delay is split into network, page and server, each smoothed by an eighth", () => {
  const first = nextDelaySplit(undefined, { ackMs: 100, pingMs: 20, lateMs: 4 });
  expect(first).toEqual({ networkMs: 20, pageMs: 80, serverMs: 4 });
  expect(nextDelaySplit(first, { ackMs: 20, pingMs: 100, lateMs: 12 })).toEqual({
    networkMs: 30,
    pageMs: 70,
    serverMs: 5,
  });
});

describe("a page that was frozen", () => {
  it("counts as frozen for two seconds after it woke, and one that was only hidden does not", () => {
    const frozen = new PageWatch();
    frozen.told("frozen", 0);
    frozen.told("resumed", 60_000);
    expect([frozen.isFrozen(61_999), frozen.isFrozen(62_000)]).toEqual([true, false]);
    const hidden = new PageWatch();
    hidden.told("hidden", 0);
    hidden.told("resumed", 60_000);
    expect(hidden.isFrozen(60_000)).toBe(false);
  });
});
