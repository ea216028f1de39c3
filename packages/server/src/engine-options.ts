import type { Clock } from "./clock.ts";
import type { LoopDelay } from "./event-loop-watch.ts";
import type { HeartbeatLogger } from "./heartbeat-logger.ts";
import type { IntervalPolicy } from "./interval-policy.ts";
import type { HeartbeatMetrics } from "./metrics.ts";

/** Who gets another interval when the line is poor: nobody, clients that read it in the beat, or everybody. */
export const ADAPTIVE_MODES = ["off", "measuring", "all"] as const;
export type AdaptiveMode = (typeof ADAPTIVE_MODES)[number];

export interface HeartbeatEngineOptions {
  /**
   * Time between two beats of a connection, in milliseconds: from 200 ms to 5 min, in tenths of a second.
   * @default 30_000
   */
  readonly intervalMs?: number;
  /**
   * How long a beat may stay unanswered before it is missed, in milliseconds.
   * @default min(5 s, intervalMs / 6)
   */
  readonly answerInMs?: number;
  /**
   * How long the probe after a missed beat may stay unanswered, in milliseconds.
   * @default min(5 s, intervalMs / 6)
   */
  readonly probeInMs?: number;
  /**
   * A connection whose send buffer passes this many bytes is closed with 4008.
   * @default 1_048_576
   */
  readonly sendBufferBytes?: number;
  /**
   * Who gets a shorter interval on a poor line. `measuring`: clients whose encoding tells the interval. No effect for
   * intervals below 6 s.
   * @default "measuring"
   */
  readonly adaptive?: AdaptiveMode;
  /**
   * Says which interval would suit a connection, in milliseconds: rounded to whole ticks, never longer than `intervalMs`,
   * and always above `answerInMs + probeInMs`. Default: `adaptiveIntervalMs`, a half or two thirds of the interval.
   */
  readonly intervalPolicy?: IntervalPolicy;
  /** Where it counts. Default: metrics in a registry of their own. */
  readonly metrics?: HeartbeatMetrics;
  /** Where it logs: each beat at debug, missed beats and verdicts at warn. Default: nowhere. */
  readonly logger?: HeartbeatLogger;
  /** Where it reads time. Default: `performance.now()` and `Date.now()`. */
  readonly clock?: Clock;
  /** Where it reads how long the event loop was held up. Default: Node's `monitorEventLoopDelay`. */
  readonly loopDelay?: LoopDelay;
}
