/** How a connection does. The words are shown to people: waiting, healthy, late, missed, paused. */
export const HEALTHS = ["waiting", "connected", "warning", "error", "paused"] as const;
export type Health = (typeof HEALTHS)[number];

/** On-time beats still owed before a connection counts as healthy again: one after a warning, two after an error. */
export type BeatsOwed = 0 | 1 | 2;

/** What health is judged by. Moments are of one monotonic clock, in ms; durations in ms. */
export interface HealthInput {
  readonly now: number;
  readonly openedAt: number;
  /** When the last frame of this connection arrived, of any kind. */
  readonly lastFrameAt: number | undefined;
  /** Whether this connection has had a beat. */
  readonly hasBeat: boolean;
  readonly intervalMs: number;
  readonly graceMs: number;
  /** The page is hidden or frozen, or the device sleeps. */
  readonly paused: boolean;
  /** A probe's deadline passed without any frame. */
  readonly probeFailed: boolean;
  readonly beatsOwed: BeatsOwed;
}

/**
 * The health rule. Within the interval and its grace a connection is healthy; beyond it warns; beyond two intervals, or
 * when a probe found no answer, it is in error. Age counts from the arrival of the last frame of any kind.
 */
export function healthAt(input: HealthInput): Health {
  if (input.paused) return "paused";
  const ageMs = input.now - (input.lastFrameAt ?? input.openedAt);
  if (input.probeFailed || ageMs > 2 * input.intervalMs) return "error";
  if (ageMs > input.intervalMs + input.graceMs) return "warning";
  if (!input.hasBeat) return "waiting";
  return input.beatsOwed > 0 ? "warning" : "connected";
}

/** The debt after a health was seen: a warning costs one on-time beat, an error two. */
export function beatsOwedAfter(owed: BeatsOwed, health: Health): BeatsOwed {
  if (health === "error") return 2;
  return health === "warning" && owed === 0 ? 1 : owed;
}

/** The debt after a beat: an on-time one pays one off, a late one pays nothing. */
export function beatsOwedOnBeat(owed: BeatsOwed, onTime: boolean): BeatsOwed {
  if (!onTime || owed === 0) return owed;
  return owed === 2 ? 1 : 0;
}
