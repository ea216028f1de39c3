import type { CauseOfDeath, Health } from "@lubdub/protocol";
import type { HeartbeatSnapshot } from "@lubdub/server";
import type { Member } from "./member.ts";

/** One row of `/api/connections`. Durations in ms, to hundredths; moments in ISO 8601; null where there is nothing. */
export interface ConnectionRow {
  readonly connection: number;
  readonly from: string;
  readonly room: string;
  readonly address: string;
  readonly protocol: string;
  readonly openedAt: string;
  readonly closedAt: string | null;
  readonly state: "open" | "draining" | "closed";
  /** Of a closed one: as it was in the end. */
  readonly health: Health;
  readonly cause: CauseOfDeath | null;
  readonly code: number | null;
  /** The idle timeout that the end confirmed. */
  readonly idleTimeoutMs: number | null;
  readonly intervalMs: number;
  readonly rttMs: number | null;
  /** Where the time goes, for measuring clients: on the way, in the page, in this process. */
  readonly networkMs: number | null;
  readonly pageMs: number | null;
  readonly serverMs: number | null;
  readonly missed: number;
  readonly beatsSent: number;
  readonly beatsAnswered: number;
  readonly lastAnswerAgoMs: number | null;
  readonly bufferedBytes: number;
}

/** Health as the server sees it: from the answers to its beats. */
export function healthOf({ paused, state, missedInRow, beatsAnswered }: HeartbeatSnapshot): Health {
  if (state === "dead" || missedInRow >= 2) return "error";
  if (state === "suspect") return "warning";
  if (paused) return "paused";
  return beatsAnswered === 0 ? "waiting" : "connected";
}

const rounded = (ms: number | undefined): number | null =>
  ms === undefined ? null : Math.round(ms * 100) / 100;

/** The row of an open connection; `now` on the monotonic clock. */
export function rowOf(member: Member, now: number): ConnectionRow {
  const snapshot = member.heartbeat.snapshot();
  const { intervalMs, rttMs, delay, missed, beatsSent, beatsAnswered, lastAnswerAt } = snapshot;
  return {
    connection: member.heartbeat.id,
    from: member.from,
    room: member.room,
    address: member.address,
    protocol: member.protocol,
    openedAt: new Date(member.openedAt).toISOString(),
    closedAt: null,
    state: member.isDraining ? "draining" : "open",
    health: healthOf(snapshot),
    cause: null,
    code: null,
    idleTimeoutMs: null,
    intervalMs,
    rttMs: rounded(rttMs),
    networkMs: rounded(delay?.networkMs),
    pageMs: rounded(delay?.pageMs),
    serverMs: rounded(delay?.serverMs),
    missed,
    beatsSent,
    beatsAnswered,
    lastAnswerAgoMs: lastAnswerAt === undefined ? null : Math.round(now - lastAnswerAt),
    bufferedBytes: member.bufferedBytes,
  };
}
