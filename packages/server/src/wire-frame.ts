/** Opcodes of RFC 6455, section 5.2. */
export const Opcode = { text: 0x1, binary: 0x2, ping: 0x9 } as const;
export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** What a length of 16 bits can say. */
export const LARGEST_PAYLOAD_BYTES = 0xffff;

const FINAL = 0x80;
const LENGTH_IN_16_BITS = 126;

/** One whole frame as a server sends it: final, unmasked (RFC 6455, section 5.1), of at most 65,535 bytes. */
export function serverFrame(opcode: Opcode, payload: Uint8Array): Buffer {
  const isShort = payload.length < LENGTH_IN_16_BITS;
  const header = Buffer.alloc(isShort ? 2 : 4);
  header.writeUInt8(FINAL | opcode, 0);
  header.writeUInt8(isShort ? payload.length : LENGTH_IN_16_BITS, 1);
  if (!isShort) header.writeUInt16BE(payload.length, 2);
  return Buffer.concat([header, payload]);
}
