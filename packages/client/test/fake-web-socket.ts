import type { WebSocketLike } from "../src/web-socket.ts";

type Handler = ((event: never) => void) | null;

/** What a server of lubdub.v1 says first. */
export const WELCOME = {
  type: "welcome",
  session: "0b6ce5e2-1c0e-4d0a-9a43-0d6b7f3c2f11",
  from: "me",
  resumed: false,
  standby: false,
  node: "n",
  intervalMs: 30_000,
  tickMs: 1_000,
  reconnectSpreadMs: 8_000,
  limits: { perSecond: 20, burst: 40, maxText: 16_384 },
};

/** And what it says when nothing was missed. */
export const REPLAYED = { type: "replayed", count: 0, upTo: null, gap: false };

/** A WebSocket whose other end is the test. */
export class FakeWebSocket implements WebSocketLike {
  static made: FakeWebSocket[] = [];

  /** The socket dialled last. */
  static get last(): FakeWebSocket {
    const socket = FakeWebSocket.made.at(-1);
    if (socket === undefined) throw new Error("nothing was dialled");
    return socket;
  }

  readonly url: string;
  readonly offered: readonly string[];
  readonly sent: Record<string, unknown>[] = [];
  binaryType = "blob";
  protocol = "";
  readyState = 0;
  terminated = false;
  onopen: Handler = null;
  onmessage: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;

  constructor(url: string, protocols: string[] = []) {
    this.url = url;
    this.offered = protocols;
    FakeWebSocket.made.push(this);
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data));
  }

  close(): void {
    this.readyState = 3;
  }

  terminate(): void {
    this.terminated = true;
    this.readyState = 3;
  }

  // ---- what the server does ----

  accept(protocol = "lubdub.v1"): void {
    this.protocol = protocol;
    this.readyState = 1;
    this.onopen?.({} as never);
  }

  /** Accepts, welcomes and ends the replay. */
  welcome(welcome: object = {}): void {
    this.accept();
    this.hear({ ...WELCOME, ...welcome });
    this.hear(REPLAYED);
  }

  hear(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as never);
  }

  lose(code = 1006, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason } as never);
  }
}
