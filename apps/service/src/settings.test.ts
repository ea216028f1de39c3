import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { aboutSetting, flagOf, settingKeys, variableOf } from "./settings.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

describe("each setting", () => {
  it.each(settingKeys)("%s is described, and the README lists its flag", (key) => {
    expect(aboutSetting(key).says).toMatch(/^[A-Z].*[^.]$/);
    expect(readme).toContain(`| \`${flagOf(key)}\` |`);
  });

  it("is the only thing the README lists as a flag", () => {
    const listed = [...readme.matchAll(/^\| `(--[a-z-]+)` \|/gm)].map((match) => match[1]);
    expect(listed).toEqual(settingKeys.map(flagOf));
  });

  it("has a flag and a variable of the same words", () => {
    expect([flagOf("maxPerAddress"), variableOf("maxPerAddress")]).toEqual([
      "--max-per-address",
      "LUBDUB_MAX_PER_ADDRESS",
    ]);
  });
});
