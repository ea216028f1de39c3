import { type Decoded, problem } from "./decoded.ts";
import type { Heartbeat, NumberedHeartbeat } from "./heartbeat.ts";
import { encodeHeartbeat } from "./heartbeat-json.ts";
import { decodeServerMessage } from "./server-message.ts";

/** A heartbeat is some sixty bytes; what unpacks to more than this is refused before it takes memory. */
const MAX_UNPACKED_BYTES = 1024;

/** The JSON of `encodeHeartbeat` under gzip (RFC 1952). A single beat grows by it: use the binary form to save bytes. */
export async function encodeGzipHeartbeat(heartbeat: NumberedHeartbeat): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([encodeHeartbeat(heartbeat)]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/** Unpacks asynchronously, because browsers have no other way; take the arrival time before. Never rejects. */
export async function decodeGzipHeartbeat(bytes: Uint8Array): Promise<Decoded<Heartbeat>> {
  const text = await unpack(bytes);
  if (text === undefined) return problem(`not a gzip of at most ${MAX_UNPACKED_BYTES} bytes of text`);
  const result = decodeServerMessage(text);
  if (result.ok && result.message.type !== "heartbeat") {
    return problem(`a gzip frame must hold a heartbeat, got "${result.message.type}"`);
  }
  return result as Decoded<Heartbeat>;
}

async function unpack(bytes: Uint8Array): Promise<string | undefined> {
  try {
    const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
    const reader = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    for (let size = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return text + decoder.decode();
      size += value.length;
      if (size > MAX_UNPACKED_BYTES) {
        await reader.cancel();
        return undefined;
      }
      text += decoder.decode(value, { stream: true });
    }
  } catch {
    return undefined;
  }
}
