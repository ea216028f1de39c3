/** The times that liveness is judged by, all in ms. */
export interface LivenessTimes {
  readonly intervalMs: number;
  readonly answerInMs: number;
  readonly probeInMs: number;
}

/** What was seen of a connection since its beat. Moments on the monotonic clock, in ms. */
export interface SinceBeat {
  /** When its last beat was written. */
  readonly beatAt: number;
  /** Whether any byte came in since. */
  readonly hasEvidence: boolean;
  /** The smoothed round-trip time; undefined before the first answer. */
  readonly rttMs: number | undefined;
  /** How long this process was stalled since the beat. */
  readonly stalledMs: number;
}

/** How many may expire together before the fault is looked for on our side. */
const MASS_SHARE = 0.3;
const MASS_LEAST = 10;

/** Smoothing of the round-trip time: an eighth of each new sample (RFC 6298, section 2.3). */
const RTT_GAIN = 1 / 8;

/** How long a beat may stay unanswered: as configured, two round trips where those are longer, at most interval / 3. */
export function answerInMs(times: LivenessTimes, rttMs: number | undefined): number {
  const roundTrips = Math.min(2 * (rttMs ?? 0), times.intervalMs / 3);
  return Math.max(times.answerInMs, roundTrips);
}

/** What the check hand finds: an answer, nothing yet, or nothing in time. A stall of our own gives everybody more time. */
export function judgeBeat(
  seen: SinceBeat,
  times: LivenessTimes,
  now: number,
): "alive" | "wait" | "stalled" | "missed" {
  if (seen.hasEvidence) return "alive";
  const waitedMs = now - seen.beatAt;
  const allowedMs = answerInMs(times, seen.rttMs);
  if (waitedMs < allowedMs) return "wait";
  return waitedMs < allowedMs + seen.stalledMs ? "stalled" : "missed";
}

/** True when so many of those under judgement expire in one tick that their verdict is put off once. */
export function isMassExpiry(expired: number, judged: number): boolean {
  return expired >= MASS_LEAST && expired > MASS_SHARE * judged;
}

export function smoothedRtt(previousMs: number | undefined, sampleMs: number): number {
  return previousMs === undefined ? sampleMs : previousMs + RTT_GAIN * (sampleMs - previousMs);
}
