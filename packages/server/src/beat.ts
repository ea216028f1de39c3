import { encodePing } from "@lubdub/protocol";
import { type BeatEncoder, ENCODERS } from "./beat-encodings.ts";
import type { BeatFrames, HeartbeatEncoding } from "./heartbeat-socket.ts";
import { LARGEST_PAYLOAD_BYTES, Opcode, serverFrame } from "./wire-frame.ts";

/** A beat that leaves later than this after its second says so, in ms. */
const TELLS_LATENESS_ABOVE_MS = 20;

/** One tick's beat: encoded at most once for each encoding and interval, and anew when a slice of its round leaves late. */
export class Beat {
  readonly number: number;
  /** The second this beat stands for, in ms since the epoch. */
  readonly ts: number;
  readonly #frames = new Map<number, Map<HeartbeatEncoding, BeatFrames>>();
  readonly #ping: Uint8Array;
  #lateMs = 0;

  constructor(number: number, ts: number) {
    this.number = number;
    this.ts = ts;
    this.#ping = encodePing(number, false);
  }

  /** Says how late the next frames leave, in ms. What was encoded with another lateness is forgotten. */
  leavesLateBy(latenessMs: number): void {
    const lateMs = latenessMs > TELLS_LATENESS_ABOVE_MS ? Math.round(latenessMs) : 0;
    if (lateMs === this.#lateMs) return;
    this.#lateMs = lateMs;
    for (const frames of this.#frames.values())
      for (const encoding of frames.keys()) if (tellsLateness(encoding)) frames.delete(encoding);
  }

  /** The frames for connections of this encoding and interval. Throws a RangeError when a message is too large. */
  frames(encoding: HeartbeatEncoding, intervalMs: number): BeatFrames {
    let ofInterval = this.#frames.get(intervalMs);
    if (ofInterval === undefined) {
      ofInterval = new Map();
      this.#frames.set(intervalMs, ofInterval);
    }
    const known = ofInterval.get(encoding);
    if (known !== undefined) return known;
    const frames = this.#encode(encoding, intervalMs);
    ofInterval.set(encoding, frames);
    return frames;
  }

  #encode(encoding: HeartbeatEncoding, intervalMs: number): BeatFrames {
    const encoder: BeatEncoder = typeof encoding === "function" ? encoding : ENCODERS[encoding];
    const payload = encoder({ ts: this.ts, number: this.number, intervalMs, lateMs: this.#lateMs });
    return { wire: wireOf(payload, this.#ping), payload, ping: this.#ping };
  }
}

function tellsLateness(encoding: HeartbeatEncoding): boolean {
  return encoding !== "plain" && encoding !== "none";
}

function wireOf(payload: string | Uint8Array | undefined, ping: Uint8Array): Buffer {
  const pingFrame = serverFrame(Opcode.ping, ping);
  if (payload === undefined) return pingFrame;
  const isText = typeof payload === "string";
  const bytes = isText ? Buffer.from(payload) : payload;
  if (bytes.length > LARGEST_PAYLOAD_BYTES) {
    throw new RangeError(
      `a heartbeat's message must have at most ${LARGEST_PAYLOAD_BYTES} bytes, got ${bytes.length}`,
    );
  }
  return Buffer.concat([serverFrame(isText ? Opcode.text : Opcode.binary, bytes), pingFrame]);
}
