import type { NumberedHeartbeat } from "./heartbeat.ts";
import { formatTimestamp } from "./timestamp.ts";

/** The heartbeat of the plain protocol: `{"ts":"2024-01-15T10:30:00+00:00"}`. `ts` in ms since the epoch. */
export function encodePlainHeartbeat(ts: number): string {
  return `{"ts":"${formatTimestamp(ts)}"}`;
}

/** The heartbeat of `lubdub.v1`: the same with its number, its interval and, when it left late, its lateness. */
export function encodeHeartbeat(heartbeat: NumberedHeartbeat): string {
  const { ts, beat, intervalMs, lateMs } = heartbeat;
  return JSON.stringify({
    ts: formatTimestamp(ts),
    beat,
    intervalMs,
    ...(lateMs === undefined ? {} : { lateMs }),
  });
}
