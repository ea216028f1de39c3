import type { BeatEncoder, EncodingName } from "./beat-encodings.ts";

/** How a connection's heartbeats look: one of lubdub's own forms, or a function that makes the text. */
export type HeartbeatEncoding = EncodingName | BeatEncoder;

/** One beat, encoded once and shared by all the sockets that get it. Don't change the bytes. */
export interface BeatFrames {
  /** Heartbeat frame and ping frame as they stand on the wire, for adapters that can write bytes. */
  readonly wire: Buffer;
  /** The heartbeat alone, for adapters that can't: text, bytes for a binary frame, or undefined for a ping alone. */
  readonly payload: string | Uint8Array | undefined;
  /** The ping's four bytes. */
  readonly ping: Uint8Array;
}

/**
 * The smallest socket that can be kept alive. An adapter may throw from `beat`, `ping` and `send` when the socket is not
 * open: the engine counts it and goes on.
 */
export interface HeartbeatSocket {
  /** Hands heartbeat and ping to the kernel in one write; the ping alone while a fragmented message is being sent. */
  beat(frames: BeatFrames): void;
  ping(payload: Uint8Array): void;
  send(text: string): void;
  /** Bytes that were sent and that the kernel has not taken yet. */
  readonly bufferedAmount: number;
  /** Bytes that ever came in; any growth is evidence of life. */
  readonly bytesReceived: number;
  /** False while the application has paused reading: silence is then its doing, and nobody is judged for it. */
  readonly isReading: boolean;
  /** Starts the closing handshake. Never throws. */
  close(code: number, reason: string): void;
  /** Ends the connection at once, without a handshake. Never throws. */
  terminate(): void;
}
