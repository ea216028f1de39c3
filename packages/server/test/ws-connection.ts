import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** A `ws` connection whose client end is a bare TCP socket: nothing answers unless the test does. */
export interface WsConnection extends AsyncDisposable {
  readonly ws: WebSocket;
  readonly tcp: Socket;
  readonly peer: Socket;
}

const UPGRADE =
  "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/** Opens one connection to a server on a free port of loopback. */
export async function openWsConnection(): Promise<WsConnection> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  await once(server, "listening");
  const peer = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const opened = once(server, "connection") as Promise<[WebSocket, IncomingMessage]>;
  peer.write(UPGRADE);
  const [[ws, request]] = await Promise.all([opened, once(peer, "data")]);
  return {
    ws,
    tcp: request.socket,
    peer,
    async [Symbol.asyncDispose]() {
      peer.destroy();
      ws.terminate();
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}
