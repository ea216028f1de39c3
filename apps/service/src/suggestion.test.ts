import { expect, it } from "vitest";
import { nearestWord } from "./suggestion.ts";

it.each([
  ["--intervall", "--interval"],
  ["--pot", "--port"],
  ["--nonsense", undefined],
])("%s suggests %s", (word, nearest) => {
  expect(nearestWord(word, ["--interval", "--port", "--host"])).toBe(nearest);
});
