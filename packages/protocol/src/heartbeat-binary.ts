import { type Decoded, decoded, problem } from "./decoded.ts";
import type { Heartbeat, NumberedHeartbeat } from "./heartbeat.ts";

const KIND = 0x01;
const LENGTH = 13;
/** The interval travels in units of 10 ms, so that 16 bits reach beyond five minutes. */
const INTERVAL_UNIT_MS = 10;
const UINT16_MAX = 0xffff;

/**
 * Thirteen bytes, big endian: kind 0x01, Unix seconds (u32), beat (u32), interval in units of 10 ms (u16), lateness in
 * ms (u16, at most 65,535).
 */
export function encodeBinaryHeartbeat(heartbeat: NumberedHeartbeat): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, KIND);
  view.setUint32(1, Math.floor(heartbeat.ts / 1000));
  view.setUint32(5, heartbeat.beat);
  view.setUint16(9, Math.min(UINT16_MAX, Math.round(heartbeat.intervalMs / INTERVAL_UNIT_MS)));
  view.setUint16(11, Math.min(UINT16_MAX, Math.round(heartbeat.lateMs ?? 0)));
  return bytes;
}

export function decodeBinaryHeartbeat(bytes: Uint8Array): Decoded<Heartbeat> {
  if (bytes.length !== LENGTH) return problem(`a binary heartbeat has ${LENGTH} bytes, got ${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== KIND) return problem(`a binary frame must be of kind 1, got ${view.getUint8(0)}`);
  const intervalMs = view.getUint16(9) * INTERVAL_UNIT_MS;
  if (intervalMs === 0) return problem("the interval of a binary heartbeat must be above 0");
  const lateMs = view.getUint16(11);
  return decoded({
    type: "heartbeat",
    ts: view.getUint32(1) * 1000,
    beat: view.getUint32(5),
    intervalMs,
    ...(lateMs === 0 ? {} : { lateMs }),
  });
}
