import { median, medianAbsoluteDeviation } from "./statistics.ts";

/** How good a connection is, by its latency and its jitter. */
export const QUALITIES = ["poor", "fair", "good", "excellent"] as const;
export type Quality = "unknown" | (typeof QUALITIES)[number];

/** Quality with its memory, so that a line on the edge of two classes does not flicker. */
export interface QualityState {
  readonly quality: Quality;
  /** The class that would be next. */
  readonly pending: Quality;
  /** For how many beats it has held. */
  readonly pendingBeats: number;
}

export const INITIAL_QUALITY: QualityState = { quality: "unknown", pending: "unknown", pendingBeats: 0 };

const SAMPLES_NEEDED = 3;
const SAMPLES_USED = 8;
const BEATS_TO_CHANGE = 2;
const FACTOR_DOWN = 1.2;
const FACTOR_UP = 0.8;

/**
 * The class of the last 8 latencies in ms (it needs 3). L is their median, J their scaled median absolute deviation:
 * excellent L < 50 and J < 20, good L < 100 and J < 50, fair L < 200, else poor. `factor` stretches the thresholds.
 */
export function qualityOf(samplesMs: readonly number[], factor = 1): Quality {
  const recent = samplesMs.slice(-SAMPLES_USED);
  const level = median(recent);
  const jitter = medianAbsoluteDeviation(recent);
  if (recent.length < SAMPLES_NEEDED || level === undefined || jitter === undefined) return "unknown";
  if (level < 50 * factor && jitter < 20 * factor) return "excellent";
  if (level < 100 * factor && jitter < 50 * factor) return "good";
  return level < 200 * factor ? "fair" : "poor";
}

function rank(quality: Quality): number {
  return quality === "unknown" ? -1 : QUALITIES.indexOf(quality);
}

/** The class that thresholds stretched away from the current one still give: harder to leave than to enter. */
function candidate(current: Quality, samplesMs: readonly number[]): Quality {
  const plain = qualityOf(samplesMs);
  if (current === "unknown" || plain === "unknown" || plain === current) return plain;
  const isDown = rank(plain) < rank(current);
  const strict = qualityOf(samplesMs, isDown ? FACTOR_DOWN : FACTOR_UP);
  const holds = isDown ? rank(strict) < rank(current) : rank(strict) > rank(current);
  return holds ? strict : current;
}

/** The state after one more beat. The first class is taken at once, every later one after it held for two beats. */
export function nextQuality(state: QualityState, samplesMs: readonly number[]): QualityState {
  const next = candidate(state.quality, samplesMs);
  if (next === state.quality || state.quality === "unknown" || next === "unknown") {
    return { quality: next, pending: next, pendingBeats: 0 };
  }
  const pendingBeats = next === state.pending ? state.pendingBeats + 1 : 1;
  if (pendingBeats >= BEATS_TO_CHANGE) return { quality: next, pending: next, pendingBeats: 0 };
  return { quality: state.quality, pending: next, pendingBeats };
}
