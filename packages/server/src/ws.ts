import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Registry } from "prom-client";
import type { WebSocket, WebSocketServer } from "ws";
import { addressPrefix } from "./address-prefix.ts";
import type { BeatFacts } from "./beat-encodings.ts";
import type { StoryEvent } from "./connection-story.ts";
import { type AddOptions, HeartbeatEngine } from "./engine.ts";
import type { HeartbeatEngineOptions } from "./engine-options.ts";
import type { HeartbeatConnection, HeartbeatSnapshot } from "./heartbeat-connection.ts";
import type { HeartbeatEvents } from "./heartbeat-events.ts";
import type { HeartbeatEncoding } from "./heartbeat-socket.ts";
import { createHeartbeatMetrics, type HeartbeatMetrics } from "./metrics.ts";
import { WsSocket, wsSocket } from "./ws-socket.ts";

export type { HeartbeatSnapshot } from "./heartbeat-connection.ts";
export { wsSocket };

export interface HeartbeatOptions extends Omit<HeartbeatEngineOptions, "metrics"> {
  /**
   * What clients get with each ping: by default the text `{"ts":"2024-01-15T10:30:00+00:00"}`, false for the ping alone,
   * a function for a text of your own. It is called once for each tick, not for each connection.
   */
  readonly message?: false | ((beat: BeatFacts) => string);
  /** Where the metrics are registered. Default: a registry of their own, with Node's metrics beside them. */
  readonly registry?: Registry;
  /**
   * What the name of every metric begins with.
   * @default "app_"
   */
  readonly prefix?: string;
}

/** The engine's events, with the `ws` socket they are about. */
export type WebSocketEvents = {
  [K in keyof HeartbeatEvents]: HeartbeatEvents[K] extends { readonly connection: HeartbeatConnection }
    ? HeartbeatEvents[K] & { readonly webSocket: WebSocket }
    : HeartbeatEvents[K];
};

/** The heartbeats of one server. Called, or by `stop`, it ends them; the sockets stay as they are. */
export interface Heartbeats {
  (): void;
  stop(): void;
  /** Returns the way to stop listening. */
  on<K extends keyof WebSocketEvents>(name: K, listener: (event: WebSocketEvents[K]) => void): () => void;
  /** What is known of a connection's heartbeats; undefined for one that is not under care. */
  snapshot(webSocket: WebSocket): HeartbeatSnapshot | undefined;
  /** The last 32 events of a connection's life, oldest first; undefined for one that is not under care. */
  story(webSocket: WebSocket): readonly StoryEvent[] | undefined;
  /** Takes a socket into care that no `connection` event told of. */
  add(webSocket: WebSocket, request: IncomingMessage): void;
  readonly engine: HeartbeatEngine;
  readonly metrics: HeartbeatMetrics;
}

const connections = new WeakMap<WebSocket, HeartbeatConnection>();

/**
 * Gives every connection of a `ws` server heartbeats, liveness, latency, metrics and a cause of death. Call it before
 * the server takes connections. Throws a RangeError that names both sides when the times are impossible.
 */
export function heartbeat(server: WebSocketServer, options: HeartbeatOptions = {}): Heartbeats {
  const { message, registry, prefix, ...engineOptions } = options;
  const metrics = createHeartbeatMetrics({
    ...(registry === undefined ? {} : { registry, runtime: false }),
    ...(prefix === undefined ? {} : { prefix }),
  });
  const engine = new HeartbeatEngine({ ...engineOptions, metrics });
  const encoding: HeartbeatEncoding = message === false ? "none" : (message ?? "plain");
  const add = (webSocket: WebSocket, { socket }: IncomingMessage): void => {
    const { remoteAddress } = socket;
    const places = remoteAddress === undefined ? [] : [addressPrefix(remoteAddress)];
    metrics.opened.inc();
    watch(engine, webSocket, socket, { encoding, places });
  };
  const stop = (): void => {
    server.off("connection", add);
    server.off("close", stop);
    engine.stop();
  };
  // First in line, so that a message which another listener begins in fragments is seen from its beginning.
  server.prependListener("connection", add);
  server.on("close", stop);
  engine.start();
  return Object.assign(() => stop(), { stop, add, engine, metrics, ...readingsOf(engine) });
}

function readingsOf(engine: HeartbeatEngine): Pick<Heartbeats, "on" | "snapshot" | "story"> {
  return {
    on: (name, listener) => engine.on(name, (event) => listener(withWebSocket(event))),
    snapshot: (webSocket) => connections.get(webSocket)?.snapshot(),
    story: (webSocket) => connections.get(webSocket)?.story(),
  };
}

function withWebSocket<K extends keyof HeartbeatEvents>(event: HeartbeatEvents[K]): WebSocketEvents[K] {
  const socket = "connection" in event ? event.connection.socket : undefined;
  const more = socket instanceof WsSocket ? { webSocket: socket.webSocket } : {};
  return { ...event, ...more } as WebSocketEvents[K];
}

/**
 * Puts an open `ws` socket under the care of an engine of your own, and tells the engine of its pongs and its end.
 * `tcp` is the `socket` of the upgrade request.
 */
export function watch(
  engine: HeartbeatEngine,
  webSocket: WebSocket,
  tcp: Socket,
  options: AddOptions,
): HeartbeatConnection {
  const connection = engine.add(wsSocket(webSocket, tcp), options);
  connections.set(webSocket, connection);
  webSocket.on("pong", onPong);
  webSocket.on("close", onClose);
  return connection;
}

function onPong(this: WebSocket, payload: Buffer): void {
  connections.get(this)?.pong(payload);
}

function onClose(this: WebSocket, code: number): void {
  const connection = connections.get(this);
  if (connection?.socket instanceof WsSocket) connection.remove(connection.socket.ending(code));
}
