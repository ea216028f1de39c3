import { type IntervalPolicy, initialPace, nextPace, type Pace } from "./interval-policy.ts";

/** How an engine adapts the intervals of its connections. Durations in ms. */
export interface PacerOptions {
  readonly configuredMs: number;
  /** No interval is shorter than this. */
  readonly shortestMs: number;
  readonly tickMs: number;
  readonly policy: IntervalPolicy;
}

const WINDOW = 10;

/** One connection's interval, and the last ten beats it is chosen by. */
export class ConnectionPacer {
  readonly #options: PacerOptions;
  readonly #rttsMs: number[] = [];
  /** One bit for each of the last ten beats, the newest lowest: set when it was missed. */
  #missed = 0;
  #pace: Pace;

  constructor(options: PacerOptions) {
    this.#options = options;
    this.#pace = initialPace(options.configuredMs);
  }

  get intervalMs(): number {
    return this.#pace.intervalMs;
  }

  /** A beat was answered after this long, in ms. */
  answered(rttMs: number): void {
    this.#rttsMs.push(rttMs);
    if (this.#rttsMs.length > WINDOW) this.#rttsMs.shift();
  }

  /** The last beat had no sign of life in time. */
  missed(): void {
    this.#missed |= 1;
  }

  /** A beat is about to leave. Returns its interval, in ms; `isSlow` says that this process is late itself. */
  next(isSlow: boolean): number {
    const { configuredMs, policy } = this.#options;
    const wantedMs = policy({
      configuredMs,
      currentMs: this.#pace.intervalMs,
      missedShare: this.#missedShare(),
      averageRttMs: this.#averageRttMs(),
    });
    this.#pace = nextPace(this.#pace, this.#onTicks(wantedMs), { configuredMs, isSlow });
    this.#missed = (this.#missed << 1) & ((1 << WINDOW) - 1);
    return this.#pace.intervalMs;
  }

  /** Whatever a policy says, an interval is whole ticks, and neither too short to judge nor longer than the configured. */
  #onTicks(wantedMs: number): number {
    const { configuredMs, shortestMs, tickMs } = this.#options;
    const ticks = Math.round((Number.isFinite(wantedMs) ? wantedMs : configuredMs) / tickMs);
    return Math.min(Math.max(ticks * tickMs, shortestMs), configuredMs);
  }

  #missedShare(): number {
    let count = 0;
    for (let bits = this.#missed; bits !== 0; bits &= bits - 1) count += 1;
    return count / WINDOW;
  }

  #averageRttMs(): number | undefined {
    if (this.#rttsMs.length === 0) return undefined;
    return this.#rttsMs.reduce((sum, each) => sum + each, 0) / this.#rttsMs.length;
  }
}
