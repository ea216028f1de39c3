import { once } from "node:events";
import { WebSocket } from "ws";

/** A message as it stands on the wire. */
export type Wire = Readonly<Record<string, unknown>>;

/** A client of the tests: keeps all it hears, and waits for what it is to hear. */
export class ChatClient implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly heard: Wire[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  #wake: () => void = () => undefined;

  constructor(url: string, protocols: readonly string[] = []) {
    this.socket = new WebSocket(url, [...protocols]);
    this.socket.on("error", () => undefined);
    this.socket.on("message", (data, isBinary) => {
      const text = String(data);
      this.heard.push(
        isBinary ? { binary: data } : text.startsWith("{") ? (JSON.parse(text) as Wire) : { bare: text },
      );
      this.#wake();
    });
    this.closed = once(this.socket, "close").then(([code, reason]) => ({
      code: code as number,
      reason: String(reason),
    }));
  }

  static async open(url: string, protocols: readonly string[] = []): Promise<ChatClient> {
    const client = new ChatClient(url, protocols);
    await once(client.socket, "open");
    return client;
  }

  say(message: string | Wire): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Resolves with the first message heard, now or later, that has these fields. */
  async hears(fields: Wire): Promise<Wire> {
    for (;;) {
      const found = this.heard.find((message) =>
        Object.entries(fields).every(([key, value]) => message[key] === value),
      );
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves once the server has handled all that was said before. */
  async settles(): Promise<void> {
    this.heard.splice(0, this.heard.length, ...this.heard.filter(({ bare }) => bare !== "pong"));
    this.say("ping");
    await this.hears({ bare: "pong" });
  }

  /** The texts of chat heard, in order. */
  get texts(): unknown[] {
    return this.heard.filter(({ type }) => type === "chat").map(({ text }) => text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}
