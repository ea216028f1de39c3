import type { Socket } from "node:net";
import { truncateCloseReason } from "@lubdub/protocol";
import type { WebSocket } from "ws";
import type { Ending, TransportEnd } from "./cause-of-death.ts";
import type { BeatFrames, HeartbeatSocket } from "./heartbeat-socket.ts";

/** `WebSocket.OPEN` of the standard interface. */
const OPEN = 1;
/** Errors that say the way to the peer is gone, not that the peer ended the connection. */
const UNREACHABLE = ["ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN", "ENETDOWN"];

/** Functions shared by all sockets find theirs here, so that none needs closures of its own. */
const sockets = new WeakMap<WebSocket, WsSocket>();

/** The adapter for `ws` on Node. It watches what the application itself sends on the socket, and leaves that as it is. */
export class WsSocket implements HeartbeatSocket {
  readonly webSocket: WebSocket;
  readonly #tcp: Socket;
  /** With an extension such as permessage-deflate frames wait in the library's queue: ours must stand in it too. */
  readonly #hasExtensions: boolean;
  #inFragments = false;
  #closedHere = false;

  constructor(webSocket: WebSocket, tcp: Socket) {
    this.webSocket = webSocket;
    this.#tcp = tcp;
    this.#hasExtensions = webSocket.extensions !== "";
    sockets.set(webSocket, this);
    webSocket.send = Object.hasOwn(webSocket, "send") ? around(webSocket.send, watchedSend) : watchedSend;
    webSocket.close = Object.hasOwn(webSocket, "close")
      ? around(webSocket.close, watchedClose)
      : watchedClose;
  }

  /**
   * Without extensions the bytes go past the library: they are whole frames, and frames of `ws` are whole writes too.
   * A text in the middle of a fragmented message would be taken for a part of it; a ping may stand there (RFC 6455,
   * section 5.4).
   */
  beat({ wire, payload, ping }: BeatFrames): void {
    this.#mustBeOpen();
    if (payload === undefined || this.#inFragments) this.webSocket.ping(ping);
    else if (this.#hasExtensions) this.#beatInTurn(payload, ping);
    else this.#tcp.write(wire);
  }

  ping(payload: Uint8Array): void {
    this.#mustBeOpen();
    this.webSocket.ping(payload);
  }

  send(text: string): void {
    this.#mustBeOpen();
    this.webSocket.send(text);
  }

  get bufferedAmount(): number {
    return this.webSocket.bufferedAmount;
  }

  get bytesReceived(): number {
    return this.#tcp.bytesRead;
  }

  get isReading(): boolean {
    return !this.webSocket.isPaused;
  }

  close(code: number, reason: string): void {
    this.webSocket.close(code, truncateCloseReason(reason));
  }

  terminate(): void {
    this.webSocket.terminate();
  }

  /** How the connection ended, once it has closed with this code. */
  ending(code: number): Ending {
    return { code, closedHere: this.#closedHere, transport: this.#transportEnd() };
  }

  /** The application has sent something: `isFinal` is false when the rest of the message is still to come. */
  noteSend(isFinal: boolean): void {
    this.#inFragments = !isFinal;
  }

  noteClose(): void {
    this.#closedHere = true;
  }

  #beatInTurn(payload: string | Uint8Array, ping: Uint8Array): void {
    this.#tcp.cork();
    this.webSocket.send(payload, { compress: false });
    this.webSocket.ping(ping);
    this.#tcp.uncork();
  }

  #mustBeOpen(): void {
    if (this.webSocket.readyState !== OPEN || !this.#tcp.writable) throw new Error("the socket is not open");
  }

  #transportEnd(): TransportEnd {
    const error: NodeJS.ErrnoException | null = this.#tcp.errored;
    if (error !== null) return UNREACHABLE.includes(error.code ?? "") ? "network" : "peer";
    return this.#tcp.readableEnded ? "peer" : "self";
  }
}

/** A `ws` socket as the engine asks for it. `tcp` is the `socket` of the upgrade request that opened it. */
export function wsSocket(webSocket: WebSocket, tcp: Socket): WsSocket {
  return new WsSocket(webSocket, tcp);
}

type Send = WebSocket["send"];
type Close = WebSocket["close"];

/** The library's own `send`, with a look at whether it leaves a message unfinished. */
function watchedSend(this: WebSocket, ...args: unknown[]): void {
  const { send } = Object.getPrototypeOf(this) as { readonly send: Send };
  Reflect.apply(send, this, args);
  noteSend(this, args);
}

/** The library calls `close` itself to answer a peer's close frame: that is no close of ours. */
function watchedClose(this: WebSocket, ...args: unknown[]): void {
  noteClose(this);
  const { close } = Object.getPrototypeOf(this) as { readonly close: Close };
  Reflect.apply(close, this, args);
}

/** For a socket whose method the application has replaced before: theirs is called, and ours looks. */
function around<F extends Send | Close>(theirs: F, ours: typeof watchedSend | typeof watchedClose): F {
  return function (this: WebSocket, ...args: unknown[]): void {
    if (ours === watchedClose) noteClose(this);
    Reflect.apply(theirs, this, args);
    if (ours === watchedSend) noteSend(this, args);
  } as F;
}

function noteSend(webSocket: WebSocket, [, options]: readonly unknown[]): void {
  const isPart = typeof options === "object" && options !== null && "fin" in options && !options.fin;
  sockets.get(webSocket)?.noteSend(!isPart);
}

function noteClose(webSocket: WebSocket): void {
  const { _closeFrameReceived: isAnswer = false } = webSocket as { readonly _closeFrameReceived?: boolean };
  if (webSocket.readyState === OPEN && !isAnswer) sockets.get(webSocket)?.noteClose();
}
