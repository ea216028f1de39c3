import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type Connection, connect } from "../src/index.ts";
import { REPLAYED, WELCOME } from "./fake-web-socket.ts";

interface Served extends AsyncDisposable {
  readonly server: WebSocketServer;
  readonly url: string;
  /** The TCP sockets of the connections, in the order they came. */
  readonly sockets: Socket[];
}

/** A server of its own on a free port. */
async function serve(options: object, greet: (socket: WebSocket) => void): Promise<Served> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  const sockets: Socket[] = [];
  server.on("connection", (socket, request) => {
    sockets.push(request.socket);
    greet(socket);
  });
  await once(server, "listening");
  return {
    server,
    sockets,
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

/** Resolves once the connection's snapshot is as wanted. */
function until(
  connection: Connection,
  isSo: (snapshot: ReturnType<Connection["getSnapshot"]>) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!isSo(connection.getSnapshot())) return;
      stop();
      resolve();
    };
    const stop = connection.subscribe(look);
    look();
  });
}

const beat = JSON.stringify({ ts: "2024-01-15T10:30:00+00:00" });
const onNode = { WebSocket: WebSocket as never, sessionKey: null };

describe("over real sockets", () => {
  it("a server that knows no lubdub.v1 is met without an offer, and its beats are heard", async () => {
    await using served = await serve({ handleProtocols: () => false }, (socket) => socket.send(beat));
    const connection = connect({ url: served.url, ...onNode });
    await until(connection, ({ totalHeartbeats }) => totalHeartbeats === 1);
    const { measuring, health, heartbeats } = connection.getSnapshot();
    expect({ measuring, health, kind: heartbeats[0]?.latencyKind }).toEqual({
      measuring: false,
      health: "connected",
      kind: "uncorrected",
    });
    connection.close();
  });

  it("a server that reads nothing any more is noticed by its silence, left without waiting, and dialled anew", async () => {
    const welcome = { ...WELCOME, intervalMs: 300, tickMs: 100, reconnectSpreadMs: 0 };
    await using served = await serve({ handleProtocols: () => "lubdub.v1" }, (socket) => {
      socket.send(JSON.stringify(welcome));
      socket.send(JSON.stringify(REPLAYED));
      socket.send(JSON.stringify({ ...JSON.parse(beat), beat: 1, intervalMs: 300 }));
    });
    const connection = connect({ url: served.url, ...onNode, random: () => 0 });
    await until(connection, ({ totalHeartbeats }) => totalHeartbeats === 1);
    const healths: string[] = [];
    connection.on("status", ({ health }) => healths.push(health));
    // The peer is there and takes nothing: what a black hole looks like from here.
    served.sockets[0]?.pause();
    await until(connection, ({ totalHeartbeats }) => totalHeartbeats === 2);
    expect(healths[0]).toBe("warning");
    expect(connection.getSnapshot()).toMatchObject({ reconnects: 1, state: { phase: "open" } });
    expect(served.sockets).toHaveLength(2);
    connection.close();
  });
});
