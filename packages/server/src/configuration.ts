import type { LivenessTimes } from "./liveness.ts";

const SHORTEST_INTERVAL_MS = 200;
const LONGEST_INTERVAL_MS = 300_000;
const DEFAULT_ANSWER_MS = 5_000;

/** Ticks are whole seconds where the interval allows it, else tenths. */
export function tickMsOf(intervalMs: number): number {
  return intervalMs % 1_000 === 0 ? 1_000 : 100;
}

/** How often the check hand looks: often enough for the waits it ends, at most once a second, in ms. */
export function checkStepMs(times: LivenessTimes): number {
  return Math.max(10, Math.min(1_000, times.answerInMs / 4, times.probeInMs / 4));
}

/** The default of `answerInMs` and `probeInMs`: 5 s, or a sixth of a short interval. */
export function defaultAnswerInMs(intervalMs: number): number {
  return Math.min(DEFAULT_ANSWER_MS, intervalMs / 6);
}

/** What makes these times impossible, a sentence each; none when they can work. */
export function impossibilities({ intervalMs, answerInMs, probeInMs }: LivenessTimes): string[] {
  const problems: string[] = [];
  if (!(intervalMs >= SHORTEST_INTERVAL_MS && intervalMs <= LONGEST_INTERVAL_MS)) {
    problems.push(
      `intervalMs must be from ${SHORTEST_INTERVAL_MS} to ${LONGEST_INTERVAL_MS}, got ${intervalMs}`,
    );
  } else if (intervalMs % 100 !== 0) {
    problems.push(`intervalMs must be a whole number of tenths of a second, got ${intervalMs}`);
  }
  if (!(answerInMs > 0)) problems.push(`answerInMs must be above 0, got ${answerInMs}`);
  if (!(probeInMs > 0)) problems.push(`probeInMs must be above 0, got ${probeInMs}`);
  if (!(answerInMs + probeInMs < intervalMs)) {
    problems.push(
      `answerInMs + probeInMs must be below intervalMs, got ${answerInMs} + ${probeInMs} and ${intervalMs}`,
    );
  }
  return problems;
}
