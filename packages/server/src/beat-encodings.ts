import { gzipSync } from "node:zlib";
import { encodeBinaryHeartbeat, encodeHeartbeat, encodePlainHeartbeat } from "@lubdub/protocol";

/** One beat, for whoever shapes its message. */
export interface BeatFacts {
  /** The second the beat stands for, in ms since the epoch. */
  readonly ts: number;
  /** The number of the wheel's tick, the same for all connections. */
  readonly number: number;
  /** The next beat follows within this time, in ms. */
  readonly intervalMs: number;
  /** How long after its second the beat leaves, in ms; 0 when that is 20 ms or less. */
  readonly lateMs: number;
}

/**
 * Makes a heartbeat's message: text, bytes for a binary frame, or undefined for a ping alone. Called once for each tick
 * and interval, and again when a part of the round leaves late; at most 65,535 bytes.
 */
export type BeatEncoder = (beat: BeatFacts) => string | Uint8Array | undefined;

const numbered = ({ ts, number, intervalMs, lateMs }: BeatFacts) => ({
  ts,
  beat: number,
  intervalMs,
  ...(lateMs === 0 ? {} : { lateMs }),
});

/** lubdub's own forms: `plain` has `ts` alone, `none` is a ping without a message, the others say all there is. */
export const ENCODERS = {
  plain: ({ ts }) => encodePlainHeartbeat(ts),
  json: (beat) => encodeHeartbeat(numbered(beat)),
  binary: (beat) => encodeBinaryHeartbeat(numbered(beat)),
  gzip: (beat) => gzipSync(encodeHeartbeat(numbered(beat))),
  none: () => undefined,
} as const satisfies Record<string, BeatEncoder>;

export type EncodingName = keyof typeof ENCODERS;

/** Whether clients of this encoding read their interval in the beat itself. */
export function tellsInterval(encoding: EncodingName | BeatEncoder): boolean {
  return encoding === "json" || encoding === "binary" || encoding === "gzip";
}
