import { type CauseOfDeath, decodePing, type PageState } from "@lubdub/protocol";
import { BeatBook } from "./beat-book.ts";
import { tellsInterval } from "./beat-encodings.ts";
import type { Ending } from "./cause-of-death.ts";
import type { ConnectionPacer } from "./connection-pacer.ts";
import { ConnectionStory, type StoryEvent, storyCode } from "./connection-story.ts";
import { type DelaySplit, nextDelaySplit } from "./delay-split.ts";
import type { HeartbeatEncoding, HeartbeatSocket } from "./heartbeat-socket.ts";
import { PageWatch } from "./page-watch.ts";
import type { WheelMember } from "./wheel.ts";

/** Where a connection stands with the check hand. */
export type LivenessState = "alive" | "suspect" | "dead" | "left";

/** What is known of a connection's heartbeats. Durations in ms; moments on the monotonic clock, in ms. */
export interface HeartbeatSnapshot {
  readonly state: LivenessState;
  /** Nobody looks at the page: it is hidden, frozen, or acks nothing while pings are answered. */
  readonly paused: boolean;
  readonly intervalMs: number;
  /** Smoothed round-trip time of ping and pong; undefined before the first answer. */
  readonly rttMs: number | undefined;
  /** Where the time goes; undefined for clients that do not measure, and before their first ack. */
  readonly delay: DelaySplit | undefined;
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
  readonly tickMs: number;
  now(): number;
  /** Whether this process was stalled at or after this moment. */
  stalledSince(at: number): boolean;
  answered(connection: HeartbeatConnection, rttMs: number): void;
  recovered(connection: HeartbeatConnection): void;
  paused(connection: HeartbeatConnection): void;
  slow(connection: HeartbeatConnection): void;
  left(connection: HeartbeatConnection, ending: Ending): void;
}

export interface ConnectionParts {
  readonly id: number;
  readonly socket: HeartbeatSocket;
  readonly encoding: HeartbeatEncoding;
  /** Where it comes from, as idle timeouts are told apart: address prefixes and proxies. */
  readonly places: readonly string[];
  readonly intervalMs: number;
  /** Chooses its intervals; undefined when they stay as configured. */
  readonly pacer: ConnectionPacer | undefined;
}

const PLAIN_END: Ending = { code: 1006, closedHere: false, transport: "peer" };

/** One socket under the engine's care. Its adapter tells it of pongs, messages and the end. */
export class HeartbeatConnection implements WheelMember {
  slot = -1;
  position = -1;
  readonly #parts: ConnectionParts;
  readonly #owner: ConnectionOwner;
  readonly #openedAt: number;
  readonly #beats = new BeatBook();
  readonly #story = new ConnectionStory();
  /** Of measuring clients only. */
  #page: PageWatch | undefined;
  #delay: DelaySplit | undefined;
  #state: LivenessState = "alive";
  #bytes = { beforeBeat: 0, seen: 0, seenAt: 0, wroteAt: 0 };
  #lastAnswerAt: number | undefined;
  #decided: CauseOfDeath | undefined;

  constructor(parts: ConnectionParts, owner: ConnectionOwner) {
    this.#parts = parts;
    this.#owner = owner;
    const now = owner.now();
    this.#openedAt = now;
    this.#bytes.seen = parts.socket.bytesReceived;
    this.#bytes.seenAt = now;
    this.#bytes.wroteAt = now;
    this.#story.add(storyCode.opened, now);
  }

  get id(): number {
    return this.#parts.id;
  }

  get socket(): HeartbeatSocket {
    return this.#parts.socket;
  }

  get encoding(): HeartbeatEncoding {
    return this.#parts.encoding;
  }

  get places(): readonly string[] {
    return this.#parts.places;
  }

  get state(): LivenessState {
    return this.#state;
  }

  /** The interval in which the next beat is promised, in ms. */
  get intervalMs(): number {
    return this.#parts.pacer?.intervalMs ?? this.#parts.intervalMs;
  }

  get rttMs(): number | undefined {
    return this.#beats.rttMs;
  }

  get openedAt(): number {
    return this.#openedAt;
  }

  /** NaN before the first beat. */
  get lastBeatAt(): number {
    return this.#beats.lastAt;
  }

  get lastEvidenceAt(): number {
    return this.#bytes.seenAt;
  }

  /** What was decided of its end before it came. */
  get decided(): CauseOfDeath | undefined {
    return this.#decided;
  }

  /** Whether any byte came in since the last beat was written. */
  get hasEvidence(): boolean {
    return this.#parts.socket.bytesReceived > this.#bytes.beforeBeat;
  }

  /** The page does not run its script: what is sent to it waits there unread. */
  get isPageStopped(): boolean {
    return this.#page?.isStopped ?? false;
  }

  /** A pong came in. The first one that carries a beat's number answers that beat, also when it comes late. */
  pong(payload: Uint8Array): void {
    this.activity();
    const pinged = decodePing(payload);
    if (pinged === undefined || pinged.probe) return;
    const now = this.#owner.now();
    const answered = this.#beats.answer(pinged.beat, now, this.#owner.tickMs);
    if (answered === undefined) return;
    this.#lastAnswerAt = now;
    this.#story.add(storyCode.answer, now);
    const { rttMs } = answered;
    if (this.#parts.pacer !== undefined && !this.#owner.stalledSince(now - rttMs))
      this.#parts.pacer.answered(rttMs);
    this.#owner.answered(this, rttMs);
    if (this.#page !== undefined && this.#watchPage((page) => page.pinged()))
      this.#story.add(storyCode.silent_page, now);
  }

  /** Anything came in: a message, a pong, a part of one. */
  activity(): void {
    this.#bytes.seen = this.#parts.socket.bytesReceived;
    this.#bytes.seenAt = this.#owner.now();
    this.#beats.alive();
    if (this.#state !== "suspect") return;
    this.#state = "alive";
    this.#story.add(storyCode.recovered, this.#bytes.seenAt);
    this.#owner.recovered(this);
  }

  /** Takes bytes that came in unannounced for what they are. */
  noticeBytes(): void {
    if (this.#parts.socket.bytesReceived > this.#bytes.seen) this.activity();
  }

  /** The page behind a measuring client told its state. */
  page(state: PageState): void {
    const now = this.#owner.now();
    this.#watchPage((page) => page.told(state, now));
    this.#story.add(storyCode[state], now);
  }

  /** The page's own answer to a beat came in. */
  acked(number: number): void {
    const now = this.#owner.now();
    this.#watchPage((page) => page.acked());
    const ackMs = this.#beats.sinceLeft(number, now, this.#owner.tickMs);
    const pingMs = this.#beats.rttMs;
    if (ackMs === undefined || pingMs === undefined) return;
    this.#delay = nextDelaySplit(this.#delay, { ackMs, pingMs, lateMs: this.#beats.lastLateMs });
  }

  /** The client cannot keep up: close with 4008 and, a second later, terminate. */
  giveUpSlow(): void {
    if (this.#state === "alive" || this.#state === "suspect") this.#owner.slow(this);
  }

  /** The application knows why this connection is about to end. What was decided first stays. */
  endsBy(cause: CauseOfDeath): void {
    this.#decided ??= cause;
  }

  /** Something of the application's was written, which a proxy counts as traffic. */
  wrote(): void {
    this.#bytes.wroteAt = this.#owner.now();
  }

  /** The socket closed. Harmless twice. */
  remove(ending: Ending = PLAIN_END): void {
    if (this.#state === "left") return;
    this.#state = "left";
    this.#story.add(storyCode.closed, this.#owner.now());
    this.#owner.left(this, ending);
  }

  snapshot(): HeartbeatSnapshot {
    const { sent, answered, missed, missedInRow } = this.#beats.counts;
    return {
      state: this.#state,
      paused: this.#page?.isPaused ?? false,
      intervalMs: this.intervalMs,
      rttMs: this.#beats.rttMs,
      delay: this.#delay,
      beatsSent: sent,
      beatsAnswered: answered,
      missed,
      missedInRow,
      openedAt: this.#openedAt,
      lastBeatAt: sent === 0 ? undefined : this.#beats.lastAt,
      lastAnswerAt: this.#lastAnswerAt,
      lastEvidenceAt: this.#bytes.seenAt,
    };
  }

  /** The last 32 events of its life, oldest first. */
  story(): readonly StoryEvent[] {
    return this.#story.events();
  }

  /** How long nothing went either way, in ms; undefined when bytes came in at a moment that nobody noted. */
  idleMs(now: number): number | undefined {
    const { seen, seenAt, wroteAt } = this.#bytes;
    return this.#parts.socket.bytesReceived > seen ? undefined : now - Math.max(seenAt, wroteAt);
  }

  /** Whether the page behind it is frozen, or has just woken. */
  isFrozen(now: number): boolean {
    return this.#page?.isFrozen(now) ?? false;
  }

  // ---- told by the engine ----

  /** A beat is about to be written; says in which interval the next one comes. `isSlow`: this process is late itself. */
  paces(isSlow: boolean): number {
    return this.#parts.pacer?.next(isSlow) ?? this.#parts.intervalMs;
  }

  /** A beat was written, `lateMs` after its second. `bytesBefore` had come in until then. */
  beatLeft(number: number, now: number, lateMs: number): void {
    this.#bytes.beforeBeat = this.#parts.socket.bytesReceived;
    this.#bytes.wroteAt = now;
    this.#beats.leaves(number, now, lateMs, this.intervalMs / this.#owner.tickMs);
    this.#story.add(storyCode.beat, now);
  }

  /** The check hand found nothing in time. */
  becomesSuspect(now: number): void {
    this.#state = "suspect";
    this.#beats.missed();
    this.#parts.pacer?.missed();
    this.#story.add(storyCode.missed, now);
  }

  probed(): void {
    this.#bytes.wroteAt = this.#owner.now();
    this.#story.add(storyCode.probed, this.#bytes.wroteAt);
  }

  /** By the engine's own verdict, which is the cause of its end. */
  becomesDead(cause: "network_silent" | "slow_consumer"): void {
    this.#state = "dead";
    this.endsBy(cause);
    this.#story.add(cause === "slow_consumer" ? storyCode.slow : storyCode.verdict, this.#owner.now());
  }

  /** Enters what was learned of the page. True when it is paused or stopped by that, or no longer. */
  #watchPage(learn: (page: PageWatch) => void): boolean {
    if (!tellsInterval(this.#parts.encoding)) return false;
    this.#page ??= new PageWatch();
    const { isPaused, isStopped } = this.#page;
    learn(this.#page);
    if (this.#page.isPaused === isPaused && this.#page.isStopped === isStopped) return false;
    this.#owner.paused(this);
    return true;
  }
}
