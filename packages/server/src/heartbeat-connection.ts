import { decodePing } from "@lubdub/protocol";
import type { HeartbeatEncoding, HeartbeatSocket } from "./heartbeat-socket.ts";
import { smoothedRtt } from "./liveness.ts";
import type { WheelMember } from "./wheel.ts";

/** Where a connection stands with the check hand. */
export type LivenessState = "alive" | "suspect" | "dead" | "left";

/** What is known of a connection's heartbeats. Durations in ms; moments on the monotonic clock, in ms. */
export interface HeartbeatSnapshot {
  readonly state: LivenessState;
  readonly paused: boolean;
  readonly intervalMs: number;
  /** Smoothed round-trip time of ping and pong; undefined before the first answer. */
  readonly rttMs: number | undefined;
  readonly beatsSent: number;
  readonly beatsAnswered: number;
  /** Beats without any sign of life in time: in all, and since the last sign of life. */
  readonly missed: number;
  readonly missedInRow: number;
  readonly openedAt: number;
  readonly lastBeatAt: number | undefined;
  readonly lastAnswerAt: number | undefined;
  /** When the last byte was noticed. */
  readonly lastEvidenceAt: number;
}

/** What a connection asks of the engine it belongs to. */
export interface ConnectionOwner {
  readonly intervalMs: number;
  readonly tickMs: number;
  now(): number;
  answered(connection: HeartbeatConnection, rttMs: number): void;
  recovered(connection: HeartbeatConnection): void;
  slow(connection: HeartbeatConnection): void;
  left(connection: HeartbeatConnection): void;
}

/** One socket under the engine's care. Its adapter tells it of pongs, messages and the end. */
export class HeartbeatConnection implements WheelMember {
  readonly id: number;
  readonly socket: HeartbeatSocket;
  readonly encoding: HeartbeatEncoding;
  slot = -1;
  position = -1;
  readonly #owner: ConnectionOwner;
  readonly #openedAt: number;
  #state: LivenessState = "alive";
  #paused = false;
  #rttMs: number | undefined;
  #counts = { sent: 0, answered: 0, missed: 0, missedInRow: 0 };
  #lastBeat = { number: 0, at: Number.NaN, bytesBefore: 0 };
  #answeredNumber = 0;
  #lastAnswerAt: number | undefined;
  #lastEvidenceAt: number;

  constructor(id: number, socket: HeartbeatSocket, encoding: HeartbeatEncoding, owner: ConnectionOwner) {
    this.id = id;
    this.socket = socket;
    this.encoding = encoding;
    this.#owner = owner;
    this.#openedAt = owner.now();
    this.#lastEvidenceAt = this.#openedAt;
  }

  get state(): LivenessState {
    return this.#state;
  }

  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  get lastBeatAt(): number {
    return this.#lastBeat.at;
  }

  get lastEvidenceAt(): number {
    return this.#lastEvidenceAt;
  }

  /** Whether any byte came in since the last beat was written. */
  get hasEvidence(): boolean {
    return this.socket.bytesReceived > this.#lastBeat.bytesBefore;
  }

  /** A pong came in. The first one that carries a beat's number answers that beat, also when it comes late. */
  pong(payload: Uint8Array): void {
    this.activity();
    const answered = decodePing(payload);
    if (answered === undefined || answered.probe || !this.#isOpenBeat(answered.beat)) return;
    const now = this.#owner.now();
    const rttMs = now - this.#writtenAt(answered.beat);
    this.#answeredNumber = answered.beat;
    this.#lastAnswerAt = now;
    this.#counts.answered += 1;
    this.#rttMs = smoothedRtt(this.#rttMs, rttMs);
    this.#owner.answered(this, rttMs);
  }

  /** Anything came in: a message, a pong, a part of one. */
  activity(): void {
    this.#lastEvidenceAt = this.#owner.now();
    this.#counts.missedInRow = 0;
    if (this.#state !== "suspect") return;
    this.#state = "alive";
    this.#owner.recovered(this);
  }

  /** The page is hidden or frozen (true), or visible again (false). */
  pause(paused: boolean): void {
    this.#paused = paused;
  }

  /** The client cannot keep up: close with 4008 and, a second later, terminate. */
  giveUpSlow(): void {
    if (this.#state === "alive" || this.#state === "suspect") this.#owner.slow(this);
  }

  /** The socket closed. Harmless twice. */
  remove(): void {
    if (this.#state === "left") return;
    this.#state = "left";
    this.#owner.left(this);
  }

  snapshot(): HeartbeatSnapshot {
    const { sent, answered, missed, missedInRow } = this.#counts;
    return {
      state: this.#state,
      paused: this.#paused,
      intervalMs: this.#owner.intervalMs,
      rttMs: this.#rttMs,
      beatsSent: sent,
      beatsAnswered: answered,
      missed,
      missedInRow,
      openedAt: this.#openedAt,
      lastBeatAt: sent === 0 ? undefined : this.#lastBeat.at,
      lastAnswerAt: this.#lastAnswerAt,
      lastEvidenceAt: this.#lastEvidenceAt,
    };
  }

  /** The engine is about to write this beat. */
  beatLeaves(number: number, now: number): void {
    this.#lastBeat.number = number;
    this.#lastBeat.at = now;
    this.#lastBeat.bytesBefore = this.socket.bytesReceived;
    this.#counts.sent += 1;
  }

  /** The check hand found nothing in time. */
  becomesSuspect(): void {
    this.#state = "suspect";
    this.#counts.missed += 1;
    this.#counts.missedInRow += 1;
  }

  becomesDead(): void {
    this.#state = "dead";
  }

  /** One of this connection's own beats that is not answered yet. */
  #isOpenBeat(number: number): boolean {
    const { number: last } = this.#lastBeat;
    return number > this.#answeredNumber && number <= last && (last - number) % this.#beatStep === 0;
  }

  #writtenAt(number: number): number {
    return this.#lastBeat.at - ((this.#lastBeat.number - number) / this.#beatStep) * this.#owner.intervalMs;
  }

  get #beatStep(): number {
    return this.#owner.intervalMs / this.#owner.tickMs;
  }
}
