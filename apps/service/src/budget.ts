import { spokenDuration } from "./duration.ts";

export interface BudgetedTimes {
  readonly intervalMs: number;
  readonly answerInMs: number;
  readonly probeInMs: number;
}

/**
 * How long a death can stay unnoticed, in milliseconds: at most a whole interval until the next beat, on average half of
 * one, then the time for the answer and the time for the probe. A client gives up on a silent server after two intervals.
 */
export function detectionBudget({ intervalMs, answerInMs, probeInMs }: BudgetedTimes) {
  const judgedInMs = answerInMs + probeInMs;
  return {
    noticedWithinMs: intervalMs + judgedInMs,
    noticedOnAverageMs: intervalMs / 2 + judgedInMs,
    survivedStallMs: 2 * intervalMs,
  };
}

/** The budget as a sentence, printed at start. */
export function budgetSentence(times: BudgetedTimes): string {
  const budget = detectionBudget(times);
  const [within, average, stall] = [
    budget.noticedWithinMs,
    budget.noticedOnAverageMs,
    budget.survivedStallMs,
  ].map(spokenDuration);
  return `a dead peer is noticed within ${within} (${average} on average); a healthy one survives a ${stall} stall`;
}
