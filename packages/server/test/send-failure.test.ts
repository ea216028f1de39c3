import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { HeartbeatEngine } from "../src/engine.ts";
import { wsSocket } from "../src/ws.ts";

it("sockets destroyed under the beat, one in ten of 1,000, cost the other 900 nothing and are counted", async () => {
  const engine = new HeartbeatEngine({ intervalMs: 10_000 });
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  server.on("connection", (ws: WebSocket, { socket: tcp }: IncomingMessage) => {
    const socket = wsSocket(ws, tcp);
    const isDoomed = engine.size % 10 === 0;
    const connection = engine.add(
      {
        get bufferedAmount() {
          return socket.bufferedAmount;
        },
        get bytesReceived() {
          return socket.bytesReceived;
        },
        isReading: true,
        ping: (payload) => socket.ping(payload),
        send: (text) => socket.send(text),
        close: (code, reason) => socket.close(code, reason),
        terminate: () => socket.terminate(),
        beat(frames) {
          if (isDoomed) tcp.destroy();
          socket.beat(frames);
        },
      },
      { encoding: "plain" },
    );
    ws.on("pong", (payload) => connection.pong(payload));
    ws.on("close", () => connection.remove());
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const clients = Array.from({ length: 1_000 }, () => new WebSocket(`ws://127.0.0.1:${port}`));
  await Promise.all(clients.map((client) => once(client, "open")));

  const ends = clients.map((client) => Promise.race([once(client, "message"), once(client, "close")]));
  engine.start();
  const seen = (await Promise.all(ends)).map(([first]) => (Buffer.isBuffer(first) ? "beat" : "close"));
  const metrics = await engine.metrics.registry.metrics();
  engine.stop();
  for (const client of clients) client.terminate();
  server.close();

  expect(seen.filter((each) => each === "beat")).toHaveLength(900);
  expect(metrics).toContain('app_errors_total{where="beat"} 100');
  expect(metrics).toContain("app_heartbeats_sent_total 900");
});
