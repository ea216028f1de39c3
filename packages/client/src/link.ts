import {
  type ClientMessage,
  type Decoded,
  decodeBinaryHeartbeat,
  decodeGzipHeartbeat,
  decodeServerMessage,
  encodeClientMessage,
  LIMITS,
  type ServerMessage,
  Subprotocol,
  type Welcome,
} from "@lubdub/protocol";
import type { ClientClock } from "./clock.ts";
import { Timer } from "./timer.ts";
import type { WebSocketConstructor, WebSocketLike } from "./web-socket.ts";

/** When a frame arrived, before anything was done with it; on both clocks, in ms. */
export interface Arrival {
  readonly monotonicAt: number;
  readonly wallAt: number;
}

/** What a link tells. After `drop` and after `ended` it tells nothing more. */
export interface LinkEvents {
  /** The connection is usable: with a `welcome` it measures, without one it is plain. */
  ready(welcome: Welcome | undefined): void;
  /** Anything came in. */
  frame(arrival: Arrival): void;
  message(message: ServerMessage, arrival: Arrival): void;
  /** A frame could not be read. */
  unreadable(problem: string): void;
  ended(end: { readonly code: number; readonly reason: string; readonly wasOpen: boolean }): void;
}

export interface LinkOptions {
  readonly WebSocket: WebSocketConstructor;
  readonly url: string;
  /** The subprotocols offered; none for a plain server. */
  readonly protocols: readonly string[];
  readonly clock: ClientClock;
}

/** An attempt that is not open after this long is given up, in ms. */
const ATTEMPT_MS = 5_000;
const OPEN = 1;

/** One socket from its dial to its end. A link that was dropped is never heard of again: late events find nobody. */
export class Link {
  readonly #events: LinkEvents;
  readonly #clock: ClientClock;
  readonly #socket: WebSocketLike;
  readonly #timer = new Timer();
  #phase: "dialling" | "greeting" | "ready" | "ended" = "dialling";
  /** Frames behind one that is being unpacked, so that their order is kept. */
  #unpacking: Promise<void> | undefined;

  constructor({ WebSocket, url, protocols, clock }: LinkOptions, events: LinkEvents) {
    this.#events = events;
    this.#clock = clock;
    this.#socket = protocols.length === 0 ? new WebSocket(url) : new WebSocket(url, [...protocols]);
    this.#socket.binaryType = "arraybuffer";
    this.#socket.onopen = () => this.#opened();
    this.#socket.onmessage = ({ data }: { readonly data: unknown }) => this.#received(data);
    this.#socket.onclose = ({ code, reason }: { readonly code: number; readonly reason: string }) =>
      this.#ended(code, reason);
    this.#socket.onerror = () => undefined;
    this.#timer.set(ATTEMPT_MS, () => this.#giveUpAttempt());
  }

  /** False when the socket cannot take it. */
  send(message: ClientMessage): boolean {
    if (this.#phase !== "ready" || this.#socket.readyState !== OPEN) return false;
    this.#socket.send(encodeClientMessage(message));
    return true;
  }

  /** Forgets the socket at once, and ends it without waiting for the peer. */
  drop(): void {
    this.#detach();
    if (this.#socket.terminate !== undefined) this.#socket.terminate();
    else this.#socket.close();
  }

  /** Forgets the socket after a proper goodbye. */
  close(code: number, reason: string): void {
    this.#detach();
    this.#socket.close(code, reason);
  }

  #detach(): void {
    this.#phase = "ended";
    this.#timer.clear();
    this.#socket.onopen = null;
    this.#socket.onmessage = null;
    this.#socket.onclose = null;
    // `ws` throws an error that nobody listens to, so the silent listener stays.
  }

  #opened(): void {
    this.#phase = "greeting";
    if (this.#socket.protocol.startsWith(Subprotocol.v1)) {
      this.#timer.set(LIMITS.welcomeInMs, () => this.#ready(undefined));
    } else this.#ready(undefined);
  }

  #ready(welcome: Welcome | undefined): void {
    this.#phase = "ready";
    this.#timer.clear();
    this.#events.ready(welcome);
  }

  #giveUpAttempt(): void {
    this.drop();
    this.#events.ended({ code: 1006, reason: "the attempt took too long", wasOpen: false });
  }

  #ended(code: number, reason: string): void {
    const wasOpen = this.#phase !== "dialling";
    this.#detach();
    this.#events.ended({ code, reason, wasOpen });
  }

  #received(data: unknown): void {
    const arrival = { monotonicAt: this.#clock.monotonicMs(), wallAt: this.#clock.wallMs() };
    this.#events.frame(arrival);
    const decoded = this.#decode(data);
    if (this.#unpacking === undefined && !(decoded instanceof Promise)) {
      this.#handle(decoded, arrival);
      return;
    }
    const before = this.#unpacking ?? Promise.resolve();
    const mine = before.then(async () => {
      const result = await decoded;
      if (this.#unpacking === mine) this.#unpacking = undefined;
      if (this.#phase !== "ended") this.#handle(result, arrival);
    });
    this.#unpacking = mine;
  }

  #decode(data: unknown): Decoded<ServerMessage> | Promise<Decoded<ServerMessage>> {
    if (typeof data === "string") return decodeServerMessage(data);
    if (!(data instanceof ArrayBuffer)) return { ok: false, problem: "a frame is neither text nor bytes" };
    const bytes = new Uint8Array(data);
    return this.#socket.protocol === Subprotocol.gzip
      ? decodeGzipHeartbeat(bytes)
      : decodeBinaryHeartbeat(bytes);
  }

  #handle(decoded: Decoded<ServerMessage>, arrival: Arrival): void {
    if (this.#phase === "greeting") {
      const isWelcome = decoded.ok && decoded.message.type === "welcome";
      this.#ready(isWelcome ? decoded.message : undefined);
      if (isWelcome) return;
    }
    if (decoded.ok) this.#events.message(decoded.message, arrival);
    else this.#events.unreadable(decoded.problem);
  }
}
