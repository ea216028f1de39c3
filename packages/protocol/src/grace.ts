import { quantile } from "./statistics.ts";

/** The interval that the constants of the rules are written for. */
const REFERENCE_INTERVAL_MS = 30_000;
/** Timers and event loops are late by tens of ms whatever the interval is: no shorter patience makes sense. */
const SHORTEST_MS = 100;
const SAMPLES_NEEDED = 8;

/** A duration written for an interval of 30 s, for this interval: shorter in proportion, never below 100 ms. */
export function scaleMs(ms: number, intervalMs: number): number {
  const scaled = ms * Math.min(1, intervalMs / REFERENCE_INTERVAL_MS);
  return Math.max(scaled, Math.min(ms, SHORTEST_MS));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/**
 * How long after its interval a beat may come and still be on time, in ms: 1.5 times the 98th percentile of the
 * lateness of the last beats (at most 64, outages left out), from 1 s to 5 s at an interval of 30 s.
 */
export function graceMs(latenessMs: readonly number[], intervalMs: number): number {
  if (latenessMs.length < SAMPLES_NEEDED) return scaleMs(1_500, intervalMs);
  const usual = 1.5 * (quantile(latenessMs, 0.98) ?? 0);
  return clamp(usual, scaleMs(1_000, intervalMs), scaleMs(5_000, intervalMs));
}

/** How long a probe may stay unanswered, in ms: six round trips, from 3 s to 8 s at an interval of 30 s. */
export function probeInMs(rttMs: number | undefined, intervalMs: number): number {
  if (rttMs === undefined) return scaleMs(5_000, intervalMs);
  return clamp(6 * rttMs, scaleMs(3_000, intervalMs), scaleMs(8_000, intervalMs));
}
