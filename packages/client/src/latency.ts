import type { ClockEstimate } from "./clock-sync.ts";

/** What a latency is: corrected one-way delay, half a round trip, or two clocks subtracted. */
export type LatencyKind = "one-way" | "half-rtt" | "uncorrected";

export interface Latency {
  readonly ms: number;
  readonly kind: LatencyKind;
}

/** An offset with a wider error bar than this is of no use for a one-way delay, in ms. */
const MOST_ERROR_MS = 25;

/**
 * The latency of a beat that left the server at `sentAt` and arrived at `arrivedAt`, each on its own clock, in ms. With a
 * good offset it is the one-way delay; with a bad one, or one that makes the beat arrive before it left, half the round
 * trip; without any it is the difference of the two clocks, which is only as true as they are. Never below 0.
 */
export function latencyOf(sentAt: number, arrivedAt: number, clock: ClockEstimate | undefined): Latency {
  if (clock === undefined) return { ms: Math.max(0, arrivedAt - sentAt), kind: "uncorrected" };
  const oneWayMs = arrivedAt + clock.offsetMs - sentAt;
  if (clock.errorMs >= MOST_ERROR_MS || oneWayMs <= 0) return { ms: clock.rttMs / 2, kind: "half-rtt" };
  return { ms: oneWayMs, kind: "one-way" };
}
