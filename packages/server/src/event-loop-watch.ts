import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** Tells how long the event loop was held up. */
export interface LoopDelay {
  start(): void;
  stop(): void;
  /** The longest delay since it was last taken, in ms. */
  readonly longestMs: number;
  /** Begins anew after what was just seen. */
  reset(): void;
}

const RESOLUTION_MS = 20;
const NS_PER_MS = 1e6;

/** Node's own measure of the event-loop delay, which also sees a stall that fell between two of our timers. */
export class EventLoopWatch implements LoopDelay {
  #histogram: IntervalHistogram | undefined;

  start(): void {
    this.#histogram ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram?.disable();
  }

  get longestMs(): number {
    return Math.max(0, (this.#histogram?.max ?? 0) / NS_PER_MS - RESOLUTION_MS);
  }

  reset(): void {
    this.#histogram?.reset();
  }
}
