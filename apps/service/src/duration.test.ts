import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration, spokenDuration } from "./duration.ts";

describe("durations", () => {
  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["1.5s", 1_500],
    ["0.2s", 200],
    ["5m", 300_000],
    ["2h", 7_200_000],
  ])("%s is %d ms", (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(["", "15 minutes", "30", "-1s", "1e3ms", "0.5ms", " 1s", "1s ", "s", "1d"])("%j is none", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );

  it("reads what it writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_400_000 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms);
      }),
    );
  });

  it.each([
    [40_000, "40 s"],
    [2_500, "2.5 s"],
    [267, "267 ms"],
  ])("%d ms is spoken as %s", (ms, spoken) => expect(spokenDuration(ms)).toBe(spoken));
});
