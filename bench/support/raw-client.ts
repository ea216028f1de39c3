import { createHash, randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/** What a raw client tells of the frames that reach it. Times are `performance.now()`. */
export interface RawClientEvents {
  readonly onText?: (text: string) => void;
  readonly onPing?: (payload: Buffer) => void;
  readonly onClose?: (code: number | undefined, reason: string) => void;
}

export interface RawClientOptions extends RawClientEvents {
  /** Wait before a ping is answered, in milliseconds. 0: at once. Infinity: never. */
  readonly pongDelayMs?: number;
}

/** RFC 6455, section 1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const HEADER_END = Buffer.from("\r\n\r\n");

/** One masked control frame; the mask is all zero, which RFC 6455 allows on the wire and costs nothing. */
function clientFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

/**
 * A WebSocket client of about a kilobyte that reads frames strictly and answers pings: light enough that a
 * benchmark measures the server, and independent of the library that the server uses.
 */
export class RawClient {
  readonly #socket: Socket;
  readonly #options: RawClientOptions;
  readonly #key = randomBytes(16).toString("base64");
  #pending: Buffer = Buffer.alloc(0);
  #isOpen = false;
  #closeCode: number | undefined;
  #closeReason = "";
  readonly opened: Promise<void>;

  constructor(url: URL, options: RawClientOptions = {}) {
    this.#options = options;
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.opened = new Promise((resolve, reject) => {
      this.#socket.once("error", reject);
      this.#socket.on("data", (chunk: Buffer) => {
        if (this.#read(chunk)) resolve();
      });
    });
    this.#socket.on("close", () => options.onClose?.(this.#closeCode, this.#closeReason));
    this.#upgrade(url);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #upgrade(url: URL): void {
    this.#socket.write(
      `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: ${this.#key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
  }

  /** True once the connection is open. */
  #read(chunk: Buffer): boolean {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    if (!this.#isOpen && !this.#readResponse()) return false;
    while (this.#readFrame());
    return true;
  }

  #readResponse(): boolean {
    const end = this.#pending.indexOf(HEADER_END);
    if (end < 0) return false;
    const head = this.#pending.subarray(0, end).toString("latin1");
    const accept = createHash("sha1").update(`${this.#key}${ACCEPT_GUID}`).digest("base64");
    if (!head.startsWith("HTTP/1.1 101") || !head.includes(accept)) {
      this.#socket.destroy(new Error(`no upgrade: ${head.split("\r\n", 1)[0]}`));
      return false;
    }
    this.#pending = this.#pending.subarray(end + HEADER_END.length);
    this.#isOpen = true;
    return true;
  }

  /** Takes one whole frame off the pending bytes; false when there is none. */
  #readFrame(): boolean {
    const bytes = this.#pending;
    if (bytes.length < 2) return false;
    const first = bytes.readUInt8(0);
    const short = bytes.readUInt8(1);
    if ((first & 0x70) !== 0 || (short & 0x80) !== 0) throw new Error("a frame with reserved bits or a mask");
    const headerLength = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < headerLength) return false;
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < headerLength + length) return false;
    this.#pending = bytes.subarray(headerLength + length);
    this.#handle(first & 0x0f, bytes.subarray(headerLength, headerLength + length));
    return true;
  }

  #handle(opcode: number, payload: Buffer): void {
    if (opcode === 0x1) this.#options.onText?.(payload.toString("utf8"));
    else if (opcode === 0x9) this.#answer(payload);
    else if (opcode === 0x8) {
      this.#closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : undefined;
      this.#closeReason = payload.subarray(2).toString("utf8");
      this.#socket.end(clientFrame(0x8, payload));
    }
  }

  #answer(payload: Buffer): void {
    this.#options.onPing?.(payload);
    const delayMs = this.#options.pongDelayMs ?? 0;
    if (delayMs === 0) this.#socket.write(clientFrame(0xa, payload));
    else if (delayMs !== Number.POSITIVE_INFINITY) {
      const kept = Buffer.from(payload);
      setTimeout(() => this.#socket.write(clientFrame(0xa, kept)), delayMs);
    }
  }
}
