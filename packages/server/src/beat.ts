import { gzipSync } from "node:zlib";
import { encodeBinaryHeartbeat, encodeHeartbeat, encodePing, encodePlainHeartbeat } from "@lubdub/protocol";
import type { BeatFrames, HeartbeatEncoding } from "./heartbeat-socket.ts";
import { Opcode, serverFrame } from "./wire-frame.ts";

/** A beat that leaves later than this after its second says so, in ms. */
const TELLS_LATENESS_ABOVE_MS = 20;

/** One tick's beat: encoded at most once for each encoding, and once more when a slice of its round leaves late. */
export class Beat {
  readonly number: number;
  /** The second this beat stands for, in ms since the epoch. */
  readonly ts: number;
  readonly intervalMs: number;
  readonly #frames = new Map<HeartbeatEncoding, BeatFrames>();
  readonly #ping: Uint8Array;
  #lateMs = 0;

  constructor(number: number, ts: number, intervalMs: number) {
    this.number = number;
    this.ts = ts;
    this.intervalMs = intervalMs;
    this.#ping = encodePing(number, false);
  }

  /** Says how late the next frames leave, in ms. What was encoded with another lateness is forgotten. */
  leavesLateBy(latenessMs: number): void {
    const lateMs = latenessMs > TELLS_LATENESS_ABOVE_MS ? Math.round(latenessMs) : 0;
    if (lateMs === this.#lateMs) return;
    this.#lateMs = lateMs;
    for (const encoding of ["json", "binary", "gzip"] as const) this.#frames.delete(encoding);
  }

  frames(encoding: HeartbeatEncoding): BeatFrames {
    const known = this.#frames.get(encoding);
    if (known !== undefined) return known;
    const payload = this.#payload(encoding);
    const frames = { wire: wireOf(payload, this.#ping), payload, ping: this.#ping };
    this.#frames.set(encoding, frames);
    return frames;
  }

  #payload(encoding: HeartbeatEncoding): string | Uint8Array | undefined {
    const late = this.#lateMs === 0 ? {} : { lateMs: this.#lateMs };
    const numbered = { ts: this.ts, beat: this.number, intervalMs: this.intervalMs, ...late };
    switch (encoding) {
      case "plain":
        return encodePlainHeartbeat(this.ts);
      case "json":
        return encodeHeartbeat(numbered);
      case "binary":
        return encodeBinaryHeartbeat(numbered);
      case "gzip":
        return gzipSync(encodeHeartbeat(numbered));
      case "none":
        return undefined;
      default:
        return encoding satisfies never;
    }
  }
}

function wireOf(payload: string | Uint8Array | undefined, ping: Uint8Array): Buffer {
  const pingFrame = serverFrame(Opcode.ping, ping);
  if (payload === undefined) return pingFrame;
  const isText = typeof payload === "string";
  const frame = serverFrame(isText ? Opcode.text : Opcode.binary, isText ? Buffer.from(payload) : payload);
  return Buffer.concat([frame, pingFrame]);
}
