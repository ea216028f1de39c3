const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});

/** What stands where there is no value. */
export const ABSENT = "—";

/** `12 s ago`; never negative. */
export function ageText(ageMs: number): string {
  if (!Number.isFinite(ageMs)) return ABSENT;
  return ageMs < 1_000 ? "just now" : `${durationText(ageMs)} ago`;
}

/** `12 s`, `3 m`, `2 h`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} m` : `${Math.floor(seconds / 3_600)} h`;
}

/** `14:03:30`, in the reader's own time zone. */
export function clockText(moment: Date): string {
  return Number.isNaN(moment.getTime()) ? ABSENT : clock.format(moment);
}

/** `3.4` below ten, else `42`; a dash where there is no value. In ms, without the unit. */
export function millisecondsText(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return ABSENT;
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

/** `30 s` or `1.5 s`: a length of time as it is configured. */
export function spanText(ms: number): string {
  return `${Number((ms / 1_000).toFixed(1))} s`;
}
