import { describe, expect, it } from "vitest";
import { formatSize, parseSize } from "./size.ts";

describe("sizes", () => {
  it.each([
    ["4096B", 4_096],
    ["64KiB", 65_536],
    ["1MiB", 1_048_576],
    ["2GiB", 2_147_483_648],
  ])("%s is %d bytes", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(["", "1", "1MB", "1.5MiB", "-1KiB", "1 MiB", "1mib"])("%j is none", (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );

  it.each([
    [65_536, "64KiB"],
    [1_500, "1500B"],
    [268_435_456, "256MiB"],
  ])("%d bytes are written as %s", (bytes, text) => expect(formatSize(bytes)).toBe(text));
});
