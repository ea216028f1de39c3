/** The latest moment that ECMAScript's Date can hold, in ms since the epoch (ECMA-262, section 21.4.1.1). */
const LATEST_MS = 8.64e15;

const ISO_8601 = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?\s?(?:[Zz]|([+-])(\d\d):?(\d\d))$/;

/** `2024-01-15T10:30:00+00:00`: UTC, cut to whole seconds. `epochMs` is in ms since the epoch. */
export function formatTimestamp(epochMs: number): string {
  return `${new Date(Math.floor(epochMs / 1000) * 1000).toISOString().slice(0, 19)}+00:00`;
}

/** `2024-01-15T10:30:00.123+00:00`: UTC with milliseconds, as chat messages carry it. */
export function formatMillisecondTimestamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 23)}+00:00`;
}

/**
 * Reads a timestamp as other servers may write it: ISO 8601 with `+00:00`, `+0000`, `Z` or another offset, a number
 * or a numeric string of ms since the epoch. Returns ms since the epoch, or undefined when it can't be read.
 */
export function parseTimestamp(value: unknown): number | undefined {
  if (typeof value === "number") return inRange(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (/^-?\d{1,16}(\.\d{1,9})?$/.test(text)) return inRange(Number(text));
  return inRange(parseIso(text));
}

function parseIso(text: string): number {
  const parts = ISO_8601.exec(text);
  if (parts === null) return Number.NaN;
  const [, date, time, fraction = "", sign, hours = "0", minutes = "0"] = parts;
  const localMs = Date.parse(`${date}T${time}Z`) + Number(`0.${fraction || "0"}`) * 1000;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000;
  return localMs - (sign === "-" ? -offsetMs : offsetMs);
}

function inRange(epochMs: number): number | undefined {
  return Math.abs(epochMs) <= LATEST_MS ? epochMs : undefined;
}
