import type { HeartbeatConnection } from "./heartbeat-connection.ts";
import { isMassExpiry, judgeBeat, type LivenessTimes } from "./liveness.ts";
import type { StallLedger } from "./stall-ledger.ts";

/**
 * Why a verdict was not given: our own stall, too many at once, bytes that were already in the kernel, or an application
 * that has paused reading.
 */
export const VETO_REASONS = ["stall", "mass", "evidence", "unread"] as const;
export type VetoReason = (typeof VETO_REASONS)[number];

/** What the judge tells the engine. */
export interface JudgeEvents {
  missed(connection: HeartbeatConnection): void;
  /** The connection is to be asked again, with a ping. */
  probe(connection: HeartbeatConnection): void;
  verdict(connection: HeartbeatConnection): void;
  vetoed(reason: VetoReason): void;
}

/** A round of beats whose answers are awaited. */
interface Round {
  readonly members: readonly HeartbeatConnection[];
  readonly startedAt: number;
  readonly stalledMs: number;
}

/** A connection whose beat went unanswered, and what it was judged among. */
interface Suspect {
  readonly connection: HeartbeatConnection;
  readonly roundSize: number;
  readonly probedAt: number;
  readonly stalledMs: number;
  readonly wasPutOff: boolean;
}

/** A connection of a round that has a longer wait than the others, or was granted one for our stall. */
interface Waiting {
  readonly connection: HeartbeatConnection;
  readonly round: Round;
  readonly wasStalled: boolean;
}

/**
 * The check hand: it follows the beat hand and looks at whoever has not answered. Unanswered is *missed* and *suspect*;
 * a suspect is asked once more; one that still shows no byte is looked at again after the loop has polled, because Node
 * runs timers before it reads sockets; only then it is dead.
 */
export class Judge {
  readonly #times: LivenessTimes;
  readonly #ledger: StallLedger;
  readonly #events: JudgeEvents;
  #rounds: Round[] = [];
  #waiting: Waiting[] = [];
  #suspects: Suspect[] = [];

  constructor(times: LivenessTimes, ledger: StallLedger, events: JudgeEvents) {
    this.#times = times;
    this.#ledger = ledger;
    this.#events = events;
  }

  /** A round of beats has begun. */
  follow(members: readonly HeartbeatConnection[], now: number): void {
    if (members.length > 0) this.#rounds.push({ members, startedAt: now, stalledMs: this.#ledger.totalMs });
  }

  /** Looks at everybody whose time is up. Resolves nothing: a verdict comes two turns of the loop later. */
  check(now: number): void {
    this.#checkRounds(now);
    this.#checkSuspects(now);
  }

  /** Forgets everybody. */
  clear(): void {
    this.#rounds = [];
    this.#waiting = [];
    this.#suspects = [];
  }

  #checkRounds(now: number): void {
    const due = this.#rounds.filter((round) => now - round.startedAt >= this.#times.answerInMs);
    const before = this.#waiting;
    this.#waiting = [];
    for (const { connection, round, wasStalled } of before)
      this.#checkBeat(connection, round, wasStalled, now);
    if (due.length === 0) return;
    this.#rounds = this.#rounds.filter((round) => !due.includes(round));
    for (const round of due)
      for (const connection of round.members) this.#checkBeat(connection, round, false, now);
  }

  #checkBeat(connection: HeartbeatConnection, round: Round, wasStalled: boolean, now: number): void {
    if (connection.state !== "alive" || !(connection.lastBeatAt >= round.startedAt)) return;
    const stalledMs = this.#ledger.totalMs - round.stalledMs;
    const { lastBeatAt: beatAt, hasEvidence, rttMs, intervalMs } = connection;
    const seen = { beatAt, hasEvidence, rttMs, intervalMs, stalledMs };
    const found = judgeBeat(seen, this.#times.answerInMs, now);
    if (found === "stalled" && !wasStalled) this.#events.vetoed("stall");
    if (found === "missed" && !connection.socket.isReading) this.#events.vetoed("unread");
    else if (found === "missed") this.#suspect(connection, round, now);
    else if (found !== "alive") {
      this.#waiting.push({ connection, round, wasStalled: wasStalled || found === "stalled" });
    }
  }

  #suspect(connection: HeartbeatConnection, round: Round, now: number): void {
    connection.becomesSuspect(now);
    const stalledMs = this.#ledger.totalMs;
    this.#suspects.push({
      connection,
      roundSize: round.members.length,
      probedAt: now,
      stalledMs,
      wasPutOff: false,
    });
    this.#events.missed(connection);
    this.#events.probe(connection);
  }

  #checkSuspects(now: number): void {
    if (this.#suspects.length === 0) return;
    const isExpired = ({ probedAt, stalledMs }: Suspect): boolean =>
      now - probedAt >= this.#times.probeInMs + this.#ledger.totalMs - stalledMs;
    const open = this.#suspects.filter(({ connection }) => !this.#recovers(connection));
    const expired = open.filter(isExpired);
    this.#suspects = open.filter((suspect) => !expired.includes(suspect));
    if (expired.length > 0) setImmediate(() => setImmediate(() => this.#decide(expired, now)));
  }

  /** True for a suspect that is none any more: it showed bytes, or it left. */
  #recovers(connection: HeartbeatConnection): boolean {
    connection.noticeBytes();
    return connection.state !== "suspect";
  }

  /** The second look, after the loop has polled. */
  #decide(expired: readonly Suspect[], now: number): void {
    const silent = expired.filter(({ connection }) => !this.#recovers(connection));
    for (const { connection } of expired) if (connection.state === "alive") this.#events.vetoed("evidence");
    const judged = silent.reduce((most, { roundSize }) => Math.max(most, roundSize), 0);
    const isMass = isMassExpiry(silent.length, judged);
    for (const suspect of silent) {
      if (!suspect.connection.socket.isReading) this.#putOff(suspect, "unread", now);
      else if (isMass && !suspect.wasPutOff) this.#putOff({ ...suspect, wasPutOff: true }, "mass", now);
      else this.#events.verdict(suspect.connection);
    }
  }

  #putOff(suspect: Suspect, reason: VetoReason, now: number): void {
    this.#events.vetoed(reason);
    this.#suspects.push({ ...suspect, probedAt: now, stalledMs: this.#ledger.totalMs });
    this.#events.probe(suspect.connection);
  }
}
