import type { CauseOfDeath, Report } from "@lubdub/protocol";
import type { StoryEvent } from "@lubdub/server";
import type { ConnectionRow } from "./connection-row.ts";
import { datedEvents, refinedCause } from "./refined-cause.ts";

/** A connection that has ended. */
export interface ClosedConnection {
  readonly row: ConnectionRow;
  /** The last events of its life; moments in ms since the epoch. */
  readonly story: readonly StoryEvent[];
}

/** What a client's report changed. */
export interface Refined {
  readonly connection: number;
  readonly before: CauseOfDeath | null;
  readonly cause: CauseOfDeath;
  readonly isFalseDeath: boolean;
}

interface Kept extends ClosedConnection {
  readonly sessionId: string;
}

const KEPT = 1_000;

/** The last 1,000 connections that ended, the newest of each session open to what its client has to say of it. */
export class ClosedConnections {
  readonly #kept = new Map<number, Kept>();
  readonly #lastOfSession = new Map<string, number>();

  add(sessionId: string, closed: ClosedConnection): void {
    const { connection } = closed.row;
    this.#kept.set(connection, { ...closed, sessionId });
    this.#lastOfSession.set(sessionId, connection);
    const [oldest] = this.#kept.values();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#forget(oldest);
  }

  rows(): readonly ConnectionRow[] {
    return Array.from(this.#kept.values(), ({ row }) => row);
  }

  get(connection: number): ClosedConnection | undefined {
    return this.#kept.get(connection);
  }

  /**
   * A client tells how its session's last connection ended. Undefined when that one is not known here, or when its
   * client has told before.
   */
  report(sessionId: string, report: Report, receivedAt: number): Refined | undefined {
    const last = this.#kept.get(this.#lastOfSession.get(sessionId) ?? Number.NaN);
    this.#lastOfSession.delete(sessionId);
    if (last === undefined) return undefined;
    const { row } = last;
    const known = { cause: row.cause ?? "closed_by_client", closedAt: Date.parse(row.closedAt ?? "") };
    const refined = refinedCause(known, datedEvents(report, receivedAt));
    this.#kept.set(row.connection, { ...last, row: { ...row, cause: refined.cause } });
    return { connection: row.connection, before: row.cause, ...refined };
  }

  /** The cuts that an idle timeout explains now are told apart from clients that closed. */
  explain(address: string, idleTimeoutMs: number): void {
    for (const [connection, kept] of this.#kept) {
      const { row } = kept;
      if (row.address !== address || row.cause !== "closed_by_client" || row.code !== 1006) continue;
      const idleMs = idleOf(kept);
      if (Math.abs(idleMs - idleTimeoutMs) > 0.02 * idleTimeoutMs) continue;
      const explained = { ...row, cause: "idle_timeout_suspected" as const, idleTimeoutMs };
      this.#kept.set(connection, { ...kept, row: explained });
    }
  }

  #forget({ row: { connection }, sessionId }: Kept): void {
    this.#kept.delete(connection);
    if (this.#lastOfSession.get(sessionId) === connection) this.#lastOfSession.delete(sessionId);
  }
}

/** How long nothing had happened when it ended, in ms. */
function idleOf({ story }: ClosedConnection): number {
  const [before, end] = story.slice(-2);
  return before === undefined || end === undefined ? Number.NaN : end.at - before.at;
}
