const UNITS = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const SIZE = /^(\d+)(B|KiB|MiB|GiB)$/;

const isUnit = (text: string | undefined): text is keyof typeof UNITS => text !== undefined && text in UNITS;

/** Reads `64KiB`, `1MiB`, `2GiB` or `4096B` as bytes; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  const [, amount, unit] = SIZE.exec(text) ?? [];
  return isUnit(unit) ? Number(amount) * UNITS[unit] : undefined;
}

/** Writes bytes the way flags take them, in the largest unit that divides them: `64KiB`, `1MiB`. */
export function formatSize(bytes: number): string {
  for (const unit of ["GiB", "MiB", "KiB"] as const) {
    if (bytes > 0 && bytes % UNITS[unit] === 0) return `${bytes / UNITS[unit]}${unit}`;
  }
  return `${bytes}B`;
}
