import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { CHROMIUM, CHROMIUM_FLAGS } from "./chromium.ts";

type Json = Record<string, unknown>;

/** A page as the DevTools protocol knows it. */
export interface RawPage {
  /** Sends a command to the page and resolves with its result. */
  send(method: string, params?: Json): Promise<Json>;
  /** The value of an expression in the page, awaited. */
  evaluate<T>(expression: string): Promise<T>;
  /** Brings the page to the front, which hides the others. */
  activate(): Promise<unknown>;
}

/**
 * Chromium without a driver's defaults, under which pages never hide or freeze: commands go over the DevTools protocol.
 * Disposing it ends the process.
 */
export class RawChromium implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  /** Those who wait for the answer to a command, by its number, or for an event, by session and name. */
  readonly #waiting = new Map<string, (answer: Json) => void>();
  #lastId = 0;

  private constructor(child: ChildProcess, profile: string, socket: WebSocket) {
    this.#child = child;
    this.#profile = profile;
    this.#socket = socket;
    socket.on("message", (data) => {
      const answer = JSON.parse(String(data)) as Json;
      const key = answer.id === undefined ? `${answer.sessionId} ${answer.method}` : String(answer.id);
      this.#waiting.get(key)?.(answer);
      this.#waiting.delete(key);
    });
  }

  static async launch(): Promise<RawChromium> {
    const profile = await mkdtemp(join(tmpdir(), "lubdub-chromium-"));
    const flags = [
      ...CHROMIUM_FLAGS,
      "--headless",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
    ];
    const child = spawn(CHROMIUM, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
    const socket = new WebSocket(await devToolsAddress(child), { perMessageDeflate: false });
    await once(socket, "open");
    return new RawChromium(child, profile, socket);
  }

  /** Resolves when the page has loaded. */
  async openPage(url: string): Promise<RawPage> {
    const { targetId } = await this.#send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.#send("Target.attachToTarget", { targetId, flatten: true });
    const send = (method: string, params: Json = {}): Promise<Json> =>
      this.#send(method, params, String(sessionId));
    await send("Page.enable");
    const loaded = new Promise((resolve) => this.#waiting.set(`${sessionId} Page.loadEventFired`, resolve));
    await send("Page.navigate", { url });
    await loaded;
    return {
      send,
      activate: () => this.#send("Target.activateTarget", { targetId }),
      async evaluate<T>(expression: string): Promise<T> {
        const given = { expression, awaitPromise: true, returnByValue: true };
        const { result, exceptionDetails } = await send("Runtime.evaluate", given);
        if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
        return (result as { readonly value: T }).value;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 10 });
  }

  #send(method: string, params: Json, sessionId?: string): Promise<Json> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise<Json>((resolve, reject) => {
      this.#waiting.set(String(id), ({ result, error }) =>
        error === undefined
          ? resolve(result as Json)
          : reject(new Error(`${method}: ${JSON.stringify(error)}`)),
      );
    });
    this.#socket.send(
      JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }),
    );
    return answer;
  }
}

function devToolsAddress(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      const address = /DevTools listening on (ws:\S+)/.exec(printed)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once("exit", (code) => reject(new Error(`Chromium ended with ${code}: ${printed}`)));
    child.once("error", reject);
  });
}
