/** A tick that fell due. */
export interface Tick {
  readonly number: number;
  /** The wall second (or tenth) it stands for, in ms since the epoch. */
  readonly ts: number;
  /** When it was due, on the monotonic clock. */
  readonly dueAt: number;
}

/** What both clocks say at one moment, in ms. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** The schedule follows the wall clock by at most this much a tick, in ms, so that intervals stay even. */
const MOST_CORRECTION_MS = 50;
/** A wall clock further off than this was set, not corrected: the schedule starts anew at its next second, in ms. */
const STEP_MS = 1_000;
/** Numbers stay below the bit that marks a probe's ping. */
const LARGEST_NUMBER = 0x7fff_ffff;

/**
 * An absolute schedule of ticks on whole wall-clock seconds (or tenths), kept on the monotonic clock. Each tick is
 * computed from the one before, never from when that one ran, so nothing drifts. Ticks that a stall slept through use up
 * their numbers; each slot of the wheel gets one beat after it, not the many it missed.
 */
export class TickSchedule {
  readonly tickMs: number;
  #next: Tick;

  constructor(tickMs: number, now: Moment) {
    this.tickMs = tickMs;
    this.#next = this.#anchor(1, now);
  }

  /** Begins anew with the next whole second: what came before was no stall. */
  restart(now: Moment): void {
    this.#next = this.#anchor(this.#next.number, now);
  }

  /** When the next tick is due, on the monotonic clock. */
  get nextAt(): number {
    return this.#next.dueAt;
  }

  /** The number of the next tick. */
  get nextNumber(): number {
    return this.#next.number;
  }

  /**
   * The ticks that are due, oldest first: one, or after a stall at most the last `most`; none when it is too early. The
   * ticks before those are skipped for good.
   */
  take(now: Moment, most: number): readonly Tick[] {
    if (now.monotonicMs < this.#next.dueAt) return [];
    const due = Math.floor((now.monotonicMs - this.#next.dueAt) / this.tickMs) + 1;
    const kept = Math.min(due, most);
    const first = this.#next;
    this.#next = this.#corrected(this.#after(first, due), now);
    return Array.from({ length: kept }, (_, i) => this.#after(first, due - kept + i));
  }

  #after(tick: Tick, ticks: number): Tick {
    const number = tick.number + ticks;
    return {
      number: number > LARGEST_NUMBER ? number - LARGEST_NUMBER : number,
      ts: tick.ts + ticks * this.tickMs,
      dueAt: tick.dueAt + ticks * this.tickMs,
    };
  }

  #anchor(number: number, now: Moment): Tick {
    const ts = (Math.floor(now.wallMs / this.tickMs) + 1) * this.tickMs;
    return { number, ts, dueAt: now.monotonicMs + ts - now.wallMs };
  }

  /** Moves a tick to where the wall clock has it; after a step of the wall clock, to that clock's next second. */
  #corrected(tick: Tick, now: Moment): Tick {
    const error = now.monotonicMs + (tick.ts - now.wallMs) - tick.dueAt;
    if (Math.abs(error) > STEP_MS) return this.#anchor(tick.number, now);
    const correction = Math.min(Math.max(error, -MOST_CORRECTION_MS), MOST_CORRECTION_MS);
    return { ...tick, dueAt: tick.dueAt + correction };
  }
}
