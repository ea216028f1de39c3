import type { CauseOfDeath, ReportEvent } from "@lubdub/protocol";
import { describe, expect, it } from "vitest";
import { ClosedConnections } from "./closed-connections.ts";
import type { ConnectionRow } from "./connection-row.ts";
import { datedEvents, refinedCause } from "./refined-cause.ts";

const CLOSED_AT = 1_705_314_600_000;
const at = (seconds: number, kind: ReportEvent["kind"], detail?: string): ReportEvent => ({
  kind,
  at: CLOSED_AT + seconds * 1_000,
  ...(detail === undefined ? {} : { detail }),
});

describe("a cause of death, after the client has told its half,", () => {
  it.each<[string, CauseOfDeath, ReportEvent[], CauseOfDeath, boolean]>([
    [
      "stays when it tells nothing new",
      "closed_by_client",
      [at(0, "closed", "1006")],
      "closed_by_client",
      false,
    ],
    [
      "is sleep when that covers the end",
      "network_silent",
      [at(300, "slept", "400000")],
      "device_slept",
      false,
    ],
    [
      "is not a sleep that was over before",
      "network_silent",
      [at(-60, "slept", "30000")],
      "network_silent",
      false,
    ],
    ["is a frozen page that could not say so", "network_silent", [at(-30, "frozen")], "page_frozen", false],
    [
      "is no frozen page that had woken",
      "closed_by_client",
      [at(-9, "frozen"), at(-5, "resumed")],
      "closed_by_client",
      false,
    ],
    [
      "is a false death when its socket saw the end at once",
      "network_silent",
      [at(0.4, "closed", "1006")],
      "network_silent",
      true,
    ],
    [
      "is a real death when it saw the end much later",
      "network_silent",
      [at(25, "closed", "1006")],
      "network_silent",
      false,
    ],
    [
      "is the network when the client gave up before",
      "closed_by_client",
      [at(-1, "gave_up")],
      "network_silent",
      false,
    ],
    [
      "is the network when it was offline and came back",
      "replaced",
      [at(-20, "offline"), at(-3, "online")],
      "network_silent",
      false,
    ],
    [
      "stays our stall when the client gave up for it",
      "server_stalled",
      [at(-1, "gave_up")],
      "server_stalled",
      false,
    ],
    ["stays what this side did itself", "slow_consumer", [at(-1, "gave_up")], "slow_consumer", false],
  ])("%s", (_, cause, events, refined, isFalseDeath) => {
    expect(refinedCause({ cause, closedAt: CLOSED_AT }, events)).toEqual({ cause: refined, isFalseDeath });
  });

  it("goes by this side's clock, however wrong the client's is", () => {
    const report = { type: "report" as const, t0: 5_000, events: [{ kind: "closed" as const, at: 2_000 }] };
    expect(datedEvents(report, CLOSED_AT)).toEqual([{ kind: "closed", at: CLOSED_AT - 3_000 }]);
  });
});

describe("the connections that ended", () => {
  const SESSION = "0b6ce5e2-1c0e-4d0a-9a43-0d6b7f3c2f11";
  const rowOf = (connection: number, more: Partial<ConnectionRow> = {}): ConnectionRow =>
    ({
      connection,
      address: "10.0.0.7",
      cause: "network_silent",
      code: 1006,
      closedAt: new Date(CLOSED_AT).toISOString(),
      ...more,
    }) as ConnectionRow;
  const slept = { type: "report" as const, t0: CLOSED_AT + 60_000, events: [at(60, "slept", "90000")] };

  it("are kept, the last 1,000 of them", () => {
    const closed = new ClosedConnections();
    for (let i = 1; i <= 1_001; i++) closed.add(`session ${i}`, { row: rowOf(i), story: [] });
    expect([closed.rows().length, closed.get(1), closed.get(1_001)?.row.connection]).toEqual([
      1_000,
      undefined,
      1_001,
    ]);
    expect(closed.report("session 1", slept, CLOSED_AT + 60_000)).toBeUndefined();
  });

  it("take a report once, for the last connection of its session", () => {
    const closed = new ClosedConnections();
    for (const connection of [1, 2]) closed.add(SESSION, { row: rowOf(connection), story: [] });
    expect(closed.report(SESSION, slept, CLOSED_AT + 60_000)).toEqual({
      connection: 2,
      before: "network_silent",
      cause: "device_slept",
      isFalseDeath: false,
    });
    expect(closed.rows().map(({ cause }) => cause)).toEqual(["network_silent", "device_slept"]);
    expect(closed.report(SESSION, slept, CLOSED_AT + 60_000)).toBeUndefined();
  });

  it("are explained afterwards by an idle timeout that was recognised", () => {
    const closed = new ClosedConnections();
    const story = [
      { kind: "answer" as const, at: CLOSED_AT - 10_050 },
      { kind: "closed" as const, at: CLOSED_AT },
    ];
    const cause = "closed_by_client";
    closed.add("a", { row: rowOf(1, { cause }), story });
    closed.add("b", { row: rowOf(2, { cause, address: "10.9.9.9" }), story });
    closed.add("c", { row: rowOf(3, { cause, code: 1000 }), story });
    closed.explain("10.0.0.7", 10_000);
    expect(closed.rows().map((row) => row.cause)).toEqual(["idle_timeout_suspected", cause, cause]);
  });
});
