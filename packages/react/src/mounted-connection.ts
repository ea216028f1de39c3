import {
  type Connection,
  type ConnectionSnapshot,
  type ConnectOptions,
  connect,
  type SendResult,
} from "@lubdub/client";

const NOT_CONNECTED: ConnectionSnapshot = {
  state: { phase: "connecting", attempt: 0 },
  health: "waiting",
  quality: "unknown",
  measuring: false,
  session: undefined,
  from: undefined,
  room: "lobby",
  intervalMs: 30_000,
  graceMs: 1_500,
  heartbeats: [],
  totalHeartbeats: 0,
  missed: 0,
  duplicates: 0,
  lastHeartbeatAt: null,
  lastFrameAt: undefined,
  averageLatency: undefined,
  statistics: undefined,
  rttMs: undefined,
  clockOffsetMs: undefined,
  clockErrorMs: undefined,
  messages: [],
  queued: 0,
  reconnects: 0,
  problem: undefined,
};

/**
 * A connection that lives as long as somebody is subscribed: it dials at the first subscription, and closes a task after
 * the last one ended. A component that is mounted twice in a row, as StrictMode does it, keeps its one socket.
 */
export class MountedConnection {
  readonly #options: ConnectOptions;
  readonly #listeners = new Set<() => void>();
  #connection: Connection | undefined;
  #stop: (() => void) | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
  }

  /** The connection, while there is one. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = (): void => listener();
    this.#listeners.add(own);
    this.#open();
    return () => {
      this.#listeners.delete(own);
      setTimeout(() => this.#closeIfUnused(), 0);
    };
  };

  readonly getSnapshot = (): ConnectionSnapshot => this.#connection?.getSnapshot() ?? NOT_CONNECTED;

  readonly send = (text: string): SendResult =>
    this.#connection?.send(text) ?? { ok: false, problem: "the connection is not open yet" };

  readonly reconnect = (): void => this.#connection?.reconnect();

  readonly retryNow = (): void => this.#connection?.retryNow();

  #open(): void {
    if (this.#connection !== undefined) return;
    this.#connection = connect(this.#options);
    this.#stop = this.#connection.subscribe(() => {
      for (const listener of this.#listeners) listener();
    });
    // The snapshot is another one now than before the dial.
    for (const listener of this.#listeners) listener();
  }

  #closeIfUnused(): void {
    if (this.#listeners.size > 0 || this.#connection === undefined) return;
    this.#stop?.();
    this.#connection.close();
    this.#connection = undefined;
  }
}
