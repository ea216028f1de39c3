import type { CauseOfDeath, Report, ReportEvent } from "@lubdub/protocol";

/** What this side knew when a connection ended. */
export interface KnownEnd {
  readonly cause: CauseOfDeath;
  /** In ms since the epoch, by this side's clock. */
  readonly closedAt: number;
}

/** What the client's half of the story makes of it. */
export interface Refinement {
  readonly cause: CauseOfDeath;
  /** The connection was given up although the client was there: its socket saw the end at once. */
  readonly isFalseDeath: boolean;
}

/** Events this close to the end belong to it, in ms: clocks and the way of the report blur them. */
const NEAR_MS = 2_000;
/** Causes that this side can only guess at; all others are its own doing, or were said aloud. */
const GUESSED: readonly CauseOfDeath[] = [
  "network_silent",
  "closed_by_client",
  "idle_timeout_suspected",
  "server_stalled",
  "replaced",
];

/** The events dated by this side's clock; `receivedAt` is when the report came in, in ms since the epoch. */
export function datedEvents({ t0, events }: Report, receivedAt: number): ReportEvent[] {
  return events.map((event) => ({ ...event, at: receivedAt - (t0 - event.at) }));
}

/** The cause of death after the client has told its half. `events` are dated by this side's clock, oldest first. */
export function refinedCause({ cause, closedAt }: KnownEnd, events: readonly ReportEvent[]): Refinement {
  const as = (refined: CauseOfDeath): Refinement => ({ cause: refined, isFalseDeath: false });
  if (!GUESSED.includes(cause)) return as(cause);
  if (events.some((event) => sleptOver(event, closedAt))) return as("device_slept");
  const lifecycle = events.filter(({ kind, at }) => ["frozen", "resumed"].includes(kind) && at <= closedAt);
  if (lifecycle.at(-1)?.kind === "frozen") return as("page_frozen");
  if (cause === "server_stalled") return as(cause);
  const sawTheEnd = events.some(({ kind, at }) => kind === "closed" && Math.abs(at - closedAt) < NEAR_MS);
  if (cause === "network_silent") return { cause, isFalseDeath: sawTheEnd };
  const lostTheWay = events.some(({ kind }) => kind === "gave_up" || kind === "offline");
  return as(lostTheWay ? "network_silent" : cause);
}

/** A sleep is told when it is over, with its length in ms. */
function sleptOver({ kind, at, detail }: ReportEvent, moment: number): boolean {
  if (kind !== "slept") return false;
  return at - Number(detail ?? 0) - NEAR_MS <= moment && moment <= at + NEAR_MS;
}
