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
  /** The connection's own interval, which may be shorter than the configured one. */
  readonly intervalMs: number;
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

/**
 * How long a beat may stay unanswered, in ms: as configured, two round trips where those are longer, at most a third of
 * the connection's interval.
 */
export function answerInMs(
  configuredMs: number,
  { rttMs, intervalMs }: Pick<SinceBeat, "rttMs" | "intervalMs">,
): number {
  return Math.max(configuredMs, Math.min(2 * (rttMs ?? 0), intervalMs / 3));
}

/** What the check hand finds: an answer, nothing yet, or nothing in time. A stall of our own gives everybody more time. */
export function judgeBeat(
  seen: SinceBeat,
  configuredMs: number,
  now: number,
): "alive" | "wait" | "stalled" | "missed" {
  if (seen.hasEvidence) return "alive";
  const waitedMs = now - seen.beatAt;
  const allowedMs = answerInMs(configuredMs, seen);
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
