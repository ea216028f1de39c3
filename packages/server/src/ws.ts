import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import type { HeartbeatEngine } from "./engine.ts";
import type { HeartbeatConnection } from "./heartbeat-connection.ts";
import type { HeartbeatEncoding } from "./heartbeat-socket.ts";
import { wsSocket } from "./ws-socket.ts";

export { wsSocket };

/**
 * Puts an open `ws` socket under the engine's care, and tells the engine of its pongs, its messages and its end.
 * `tcp` is the `socket` of the upgrade request. Works for servers without permessage-deflate.
 */
export function watch(
  engine: HeartbeatEngine,
  ws: WebSocket,
  tcp: Socket,
  options: { readonly encoding: HeartbeatEncoding },
): HeartbeatConnection {
  const connection = engine.add(wsSocket(ws, tcp), options);
  ws.on("pong", (payload) => connection.pong(payload));
  ws.on("message", () => connection.activity());
  ws.on("close", () => connection.remove());
  return connection;
}
