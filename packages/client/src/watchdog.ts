import {
  type BeatsOwed,
  beatsOwedAfter,
  beatsOwedOnBeat,
  type Health,
  healthAt,
  probeInMs,
  scaleMs,
} from "@lubdub/protocol";
import type { ClientClock } from "./clock.ts";
import { Timer } from "./timer.ts";

/** What the watchdog goes by, and what it can do. Durations in ms. */
export interface WatchdogParts {
  readonly clock: ClientClock;
  intervalMs(): number;
  graceMs(): number;
  rttMs(): number | undefined;
  /** Asks the server whether it is there; false when it speaks no lubdub.v1. */
  probe(): boolean;
  /** The connection is dead. */
  giveUp(): void;
  /** The page or the device slept: clocks may have moved apart. */
  slept(): void;
  /** Health may have changed. */
  changed(): void;
}

/** What is known of the connection that is open. Moments on the monotonic clock. */
interface Watch {
  readonly openedAt: number;
  lastFrameAt: number | undefined;
  /** Ages count from here at the earliest: from the opening, or from waking. */
  judgedFrom: number;
  hasBeat: boolean;
  owed: BeatsOwed;
  probeUntil: number | undefined;
  probeFailed: boolean;
}

/** A timer that runs later than this says that the page or the device slept, in ms. */
const SLEPT_MS = 2_000;
/** After waking an answer is due within this time at an interval of 30 s, in ms. */
const WAKE_PROBE_MS = 3_000;

/** Judges one connection by the age of its last frame: warns, probes, and only when that stays unanswered, gives up. */
export class Watchdog {
  readonly #parts: WatchdogParts;
  readonly #timer = new Timer();
  #watch: Watch | undefined;
  #isPaused = false;
  #health: Health = "waiting";

  constructor(parts: WatchdogParts) {
    this.#parts = parts;
  }

  /** Health of the open connection; `waiting` when none is open. */
  get health(): Health {
    return this.#health;
  }

  get lastFrameAt(): number | undefined {
    return this.#watch?.lastFrameAt;
  }

  /** Whether a probe waits for its answer. */
  get isProbing(): boolean {
    return this.#watch?.probeUntil !== undefined;
  }

  /** A connection opened. */
  start(): void {
    const now = this.#parts.clock.monotonicMs();
    this.#watch = {
      openedAt: now,
      lastFrameAt: undefined,
      judgedFrom: now,
      hasBeat: false,
      owed: 0,
      probeUntil: undefined,
      probeFailed: false,
    };
    this.#judge();
  }

  /** The connection is gone; nothing is judged until the next one opens. */
  stop(): void {
    this.#timer.clear();
    this.#watch = undefined;
    this.#health = "waiting";
  }

  /** Any frame is a sign of life, and takes back a failed probe. */
  frame(at: number): void {
    if (this.#watch === undefined) return;
    this.#watch.lastFrameAt = at;
    this.#watch.probeUntil = undefined;
    this.#watch.probeFailed = false;
    this.#judge();
  }

  /** A beat came, on time or late. */
  beat(onTime: boolean): void {
    if (this.#watch === undefined) return;
    this.#watch.hasBeat = true;
    this.#watch.owed = beatsOwedOnBeat(this.#watch.owed, onTime);
    this.#judge();
  }

  /** The page is hidden or frozen: silence means nothing. */
  pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#judge();
  }

  /** Something happened that makes the connection doubtful: an answer is due within a short time. */
  wake(): void {
    if (this.#watch === undefined) return;
    const now = this.#parts.clock.monotonicMs();
    this.#watch.judgedFrom = now;
    this.#probe(scaleMs(WAKE_PROBE_MS, this.#parts.intervalMs()));
    this.#judge();
  }

  #judge(): void {
    const watch = this.#watch;
    if (watch === undefined) return;
    const health = this.#healthOf(watch);
    watch.owed = beatsOwedAfter(watch.owed, health);
    if (health === "warning" && watch.probeUntil === undefined && this.#ageMs(watch) > this.#lateAfterMs) {
      this.#probe(probeInMs(this.#parts.rttMs(), this.#parts.intervalMs()));
    }
    this.#arm(watch);
    if (health === this.#health) return;
    this.#health = health;
    this.#parts.changed();
  }

  #healthOf(watch: Watch): Health {
    return healthAt({
      now: this.#parts.clock.monotonicMs(),
      openedAt: watch.judgedFrom,
      lastFrameAt:
        watch.lastFrameAt === undefined ? undefined : Math.max(watch.lastFrameAt, watch.judgedFrom),
      hasBeat: watch.hasBeat,
      intervalMs: this.#parts.intervalMs(),
      graceMs: this.#parts.graceMs(),
      paused: this.#isPaused,
      probeFailed: watch.probeFailed,
      beatsOwed: watch.owed,
    });
  }

  get #lateAfterMs(): number {
    return this.#parts.intervalMs() + this.#parts.graceMs();
  }

  #ageMs(watch: Watch): number {
    return this.#parts.clock.monotonicMs() - Math.max(watch.lastFrameAt ?? 0, watch.judgedFrom);
  }

  #probe(deadlineMs: number): void {
    if (this.#watch === undefined || !this.#parts.probe()) return;
    this.#watch.probeUntil = this.#parts.clock.monotonicMs() + deadlineMs;
  }

  /** Sets the timer for the next moment at which the judgement can change by itself. */
  #arm(watch: Watch): void {
    if (this.#isPaused && watch.probeUntil === undefined) {
      this.#timer.clear();
      return;
    }
    const now = this.#parts.clock.monotonicMs();
    const from = Math.max(watch.lastFrameAt ?? 0, watch.judgedFrom);
    const moments = [from + this.#lateAfterMs, from + 2 * this.#parts.intervalMs(), watch.probeUntil];
    const next = Math.min(...moments.filter((moment) => moment !== undefined && moment >= now).map(Number));
    if (!Number.isFinite(next)) {
      this.#timer.clear();
      return;
    }
    const dueAt = next + 1;
    this.#timer.set(dueAt - now, () => this.#onTimer(dueAt));
  }

  #onTimer(dueAt: number): void {
    const watch = this.#watch;
    if (watch === undefined) return;
    const now = this.#parts.clock.monotonicMs();
    if (now - dueAt > SLEPT_MS) {
      this.#parts.slept();
      this.wake();
      return;
    }
    const isUnanswered = watch.probeUntil !== undefined && now >= watch.probeUntil;
    const isSilent = watch.hasBeat && this.#ageMs(watch) > 2 * this.#parts.intervalMs();
    if (isUnanswered || (isSilent && !this.#isPaused)) this.#decideSoon(watch);
    else this.#judge();
  }

  /** What has arrived already is read before the verdict: a frame clears this timer. */
  #decideSoon(watch: Watch): void {
    const seen = watch.lastFrameAt;
    this.#timer.set(0, () => {
      if (this.#watch !== watch || watch.lastFrameAt !== seen) return;
      watch.probeUntil = undefined;
      watch.probeFailed = true;
      this.#judge();
      this.#parts.giveUp();
    });
  }
}
