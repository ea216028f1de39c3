import type { Socket } from "node:net";
import { truncateCloseReason } from "@lubdub/protocol";
import type { WebSocket } from "ws";
import type { BeatFrames, HeartbeatSocket } from "./heartbeat-socket.ts";

/** `WebSocket.OPEN` of the standard interface. */
const OPEN = 1;

/** The adapter for `ws` on Node. */
class WsSocket implements HeartbeatSocket {
  readonly #ws: WebSocket;
  readonly #tcp: Socket;

  constructor(ws: WebSocket, tcp: Socket) {
    this.#ws = ws;
    this.#tcp = tcp;
  }

  /** Writes past the library: the bytes are whole frames already, and frames of `ws` are whole writes too. */
  beat(frames: BeatFrames): void {
    if (this.#ws.readyState !== OPEN || !this.#tcp.writable) throw new Error("the socket is not open");
    this.#tcp.write(frames.wire);
  }

  ping(payload: Uint8Array): void {
    if (this.#ws.readyState !== OPEN || !this.#tcp.writable) throw new Error("the socket is not open");
    this.#ws.ping(payload);
  }

  send(text: string): void {
    if (this.#ws.readyState !== OPEN || !this.#tcp.writable) throw new Error("the socket is not open");
    this.#ws.send(text);
  }

  get bufferedAmount(): number {
    return this.#ws.bufferedAmount;
  }

  get bytesReceived(): number {
    return this.#tcp.bytesRead;
  }

  close(code: number, reason: string): void {
    this.#ws.close(code, truncateCloseReason(reason));
  }

  terminate(): void {
    this.#ws.terminate();
  }
}

/** A `ws` socket as the engine asks for it. `tcp` is the `socket` of the upgrade request that opened it. */
export function wsSocket(ws: WebSocket, tcp: Socket): HeartbeatSocket {
  return new WsSocket(ws, tcp);
}
