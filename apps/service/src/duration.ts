const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

const isUnit = (text: string | undefined): text is keyof typeof UNITS_MS =>
  text !== undefined && text in UNITS_MS;

/** Reads `500ms`, `30s`, `1.5s`, `5m` or `2h` as milliseconds; undefined for anything else or a fraction of a millisecond. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  if (!isUnit(unit)) return undefined;
  const exact = Number(amount) * UNITS_MS[unit];
  const ms = Math.round(exact);
  return Math.abs(exact - ms) < 1e-6 ? ms : undefined;
}

/** Writes milliseconds the way flags take them: `500ms`, `1.5s`, `30s`, `5m`. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms % UNITS_MS.h === 0) return `${ms / UNITS_MS.h}h`;
  if (ms > 0 && ms % UNITS_MS.m === 0) return `${ms / UNITS_MS.m}m`;
  if (ms >= UNITS_MS.s) return `${Math.round(ms) / UNITS_MS.s}s`;
  return `${Math.round(ms)}ms`;
}

/** Writes milliseconds the way a sentence says them: `250 ms`, `2.5 s`, `40 s`. */
export function spokenDuration(ms: number): string {
  return ms < UNITS_MS.s ? `${Math.round(ms)} ms` : `${Math.round(ms / 100) / 10} s`;
}
