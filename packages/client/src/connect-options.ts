import type { ClientClock } from "./clock.ts";
import type { WebSocketConstructor } from "./web-socket.ts";

export interface ConnectOptions {
  /** Where to connect: `ws:` or `wss:`; `http:` and `https:` are taken as these. */
  readonly url: string | URL;
  /**
   * The room of the chat.
   * @default "lobby"
   */
  readonly room?: string;
  /** The session to resume, a UUID. Default: the one kept under `sessionKey`, else a new one of the server. */
  readonly session?: string;
  /**
   * The name under which the page's session storage keeps the session, so that it survives a reload. null keeps it in
   * memory only. Two connections of one page need two names.
   * @default "lubdub:session"
   */
  readonly sessionKey?: string | null;
  /** The WebSocket to use, such as that of `ws` on Node 20. Default: the platform's. */
  readonly WebSocket?: WebSocketConstructor;
  /**
   * The subprotocols offered. An empty list never measures.
   * @default ["lubdub.v1"]
   */
  readonly protocols?: readonly string[];
  /**
   * Heartbeats that are kept.
   * @default 60
   */
  readonly heartbeatsKept?: number;
  /**
   * Chat messages that are kept.
   * @default 500
   */
  readonly messagesKept?: number;
  /**
   * Own messages that may wait for their acknowledgement; more are refused at once.
   * @default 100
   */
  readonly outboxLimit?: number;
  /**
   * The interval to expect of a plain server, in milliseconds.
   * @default 30_000
   */
  readonly intervalMs?: number;
  /**
   * Prints each beat.
   * @default false
   */
  readonly debug?: boolean;
  /** Takes what `debug` prints. Default: `console.debug`. */
  readonly log?: (message: string, details: object) => void;
  /** Where time is read. Default: `performance.now()` and `Date.now()`. */
  readonly clock?: ClientClock;
  /** Yields 0 to 1 for jitter. Default: `Math.random`. */
  readonly random?: () => number;
}

/** The defaults, in one place. */
export const DEFAULTS = {
  room: "lobby",
  sessionKey: "lubdub:session",
  protocols: ["lubdub.v1"],
  heartbeatsKept: 60,
  messagesKept: 500,
  outboxLimit: 100,
  intervalMs: 30_000,
  debug: false,
  log: (message: string, details: object): void => console.debug(message, details),
} satisfies Partial<ConnectOptions>;

/** Options with all that has a default filled in. */
export type Settled = ConnectOptions & Required<Pick<ConnectOptions, keyof typeof DEFAULTS>>;
