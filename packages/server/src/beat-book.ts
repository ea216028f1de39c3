import { smoothedRtt } from "./liveness.ts";

/** What was counted of a connection's beats. */
export interface BeatCounts {
  readonly sent: number;
  readonly answered: number;
  /** Beats without any sign of life in time: in all, and since the last sign of life. */
  readonly missed: number;
  readonly missedInRow: number;
}

/** A beat that was just answered. Durations in ms. */
export interface AnsweredBeat {
  readonly rttMs: number;
  /** How long after its second it had left. */
  readonly lateMs: number;
}

/**
 * The beats of one connection: which number left when, and which were answered. Beats of one interval stand on a grid of
 * numbers, so that an answer that comes many beats later still finds when its beat left.
 */
export class BeatBook {
  readonly #counts = { sent: 0, answered: 0, missed: 0, missedInRow: 0 };
  #number = 0;
  #at = Number.NaN;
  #lateMs = 0;
  /** The first number of the present interval, and the last beat before it. */
  #grid = { from: 0, step: 0, before: 0, beforeAt: 0 };
  #answered = 0;
  #rttMs: number | undefined;

  get counts(): BeatCounts {
    return this.#counts;
  }

  /** When the last beat left; NaN before the first. */
  get lastAt(): number {
    return this.#at;
  }

  /** How long after its second the last beat left, in ms. */
  get lastLateMs(): number {
    return this.#lateMs;
  }

  /** The smoothed round-trip time (RFC 6298), in ms. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** A beat leaves, `lateMs` after its second; the next comes `step` numbers later. */
  leaves(number: number, at: number, lateMs: number, step: number): void {
    if (step !== this.#grid.step)
      this.#grid = { from: number, step, before: this.#number, beforeAt: this.#at };
    this.#number = number;
    this.#at = at;
    this.#lateMs = lateMs;
    this.#counts.sent += 1;
  }

  /** The first answer to one of these beats, also a late one; undefined for any other number. */
  answer(number: number, now: number, tickMs: number): AnsweredBeat | undefined {
    if (number <= this.#answered) return undefined;
    const leftAt = this.#leftAt(number, tickMs);
    if (leftAt === undefined) return undefined;
    const rttMs = now - leftAt;
    this.#answered = number;
    this.#counts.answered += 1;
    this.#rttMs = smoothedRtt(this.#rttMs, rttMs);
    return { rttMs, lateMs: number === this.#number ? this.#lateMs : 0 };
  }

  /** Time from when this beat left until `now`, in ms; undefined when it is none of ours. */
  sinceLeft(number: number, now: number, tickMs: number): number | undefined {
    const leftAt = this.#leftAt(number, tickMs);
    return leftAt === undefined ? undefined : now - leftAt;
  }

  missed(): void {
    this.#counts.missed += 1;
    this.#counts.missedInRow += 1;
  }

  /** There was a sign of life. */
  alive(): void {
    this.#counts.missedInRow = 0;
  }

  #leftAt(number: number, tickMs: number): number | undefined {
    if (this.#counts.sent === 0) return undefined;
    if (number === this.#number) return this.#at;
    const { from, step, before, beforeAt } = this.#grid;
    if (number === before && before > 0) return beforeAt;
    const stepsAgo = this.#number - number;
    if (stepsAgo < 0 || number < from || stepsAgo % step !== 0) return undefined;
    return this.#at - this.#lateMs - stepsAgo * tickMs;
  }
}
