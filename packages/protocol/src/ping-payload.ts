const PROBE_BIT = 0x8000_0000;

/** The four bytes of a ping, big endian: the beat's number; a probe has the highest bit set. */
export function encodePing(beat: number, probe: boolean): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, probe ? (beat | PROBE_BIT) >>> 0 : beat);
  return bytes;
}

/** What a pong answers; undefined when its payload is none of ours. */
export function decodePing(
  payload: Uint8Array,
): { readonly beat: number; readonly probe: boolean } | undefined {
  if (payload.length !== 4) return undefined;
  const value = new DataView(payload.buffer, payload.byteOffset, 4).getUint32(0);
  return { beat: value & ~PROBE_BIT, probe: (value & PROBE_BIT) !== 0 };
}
