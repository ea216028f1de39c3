import { expect, it } from "vitest";
import { budgetSentence } from "./budget.ts";

it("says the detection budget in words", () => {
  expect(budgetSentence({ intervalMs: 30_000, answerInMs: 5_000, probeInMs: 5_000 })).toBe(
    "a dead peer is noticed within 40 s (25 s on average); a healthy one survives a 60 s stall",
  );
  expect(budgetSentence({ intervalMs: 200, answerInMs: 33, probeInMs: 33 })).toBe(
    "a dead peer is noticed within 266 ms (166 ms on average); a healthy one survives a 400 ms stall",
  );
});
