import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { Hono } from "hono";
import type { Logger } from "pino";
import type { Gateway } from "../gateway.ts";
import type { HttpEnv } from "./http-env.ts";
import { answerRaw } from "./raw-answer.ts";

/** A slow or silent sender holds a socket no longer than this; idle ones outlive the 60 s of common proxies. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  maxHeaderSize: 16 * 1024,
  connectionsCheckingInterval: 5_000,
} as const;

export interface HttpServerOptions {
  readonly app: Hono<HttpEnv>;
  readonly gateway: Pick<Gateway, "handleUpgrade">;
  readonly basePath: string;
  readonly logger: Pick<Logger, "debug" | "error">;
}

/** Node's own HTTP server: requests go to the app, upgrades at `<base>/ws` to the gateway. */
export function createHttpServer({ app, gateway, basePath, logger }: HttpServerOptions): Server {
  const webSocketPath = `${basePath}ws`;
  const listener = getRequestListener(app.fetch, {
    hostname: "localhost",
    overrideGlobalObjects: false,
    errorHandler: (error) => {
      logger.debug({ err: error }, "a request was malformed");
      return Response.json({ error: "the request's path or Host header is malformed" }, { status: 400 });
    },
  });
  const server = createServer(LIMITS, (request, response) => {
    listener(request, response).catch((error: unknown) => {
      logger.error({ err: error }, "a response failed");
      response.destroy();
    });
  });
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", (error) => logger.debug({ err: error }, "a socket failed while upgrading"));
    const [path] = (request.url ?? "").split("?", 1);
    if (request.headers.upgrade?.toLowerCase() !== "websocket") {
      answerWithoutUpgrade(server, request, socket);
    } else if (path !== webSocketPath) {
      answerRaw(socket, 404, `there is no WebSocket endpoint at ${path}: connect to ${webSocketPath}`);
    } else {
      gateway.handleUpgrade(request, socket, head);
    }
  });
  server.on("clientError", answerClientError);
  return server;
}

/**
 * Java's HTTP client and `curl --http2` offer an upgrade to HTTP/2 with ordinary requests. Node hands over every request
 * that offers an upgrade; those without a body are answered as if they had not offered it.
 */
function answerWithoutUpgrade(server: Server, request: IncomingMessage, socket: Duplex): void {
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (!isRead || !(socket instanceof Socket)) {
    answerRaw(socket, 400, "only GET and HEAD may offer an upgrade, and it is not taken");
    return;
  }
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once("finish", () => {
    response.detachSocket(socket);
    socket.once("finish", () => socket.destroy());
    socket.end();
  });
  server.emit("request", request, response);
}

function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  switch (error.code) {
    case "ECONNRESET":
      socket.destroy();
      return;
    case "HPE_HEADER_OVERFLOW":
      answerRaw(socket, 431, `the headers are larger than ${LIMITS.maxHeaderSize} bytes`);
      return;
    case "ERR_HTTP_REQUEST_TIMEOUT":
      answerRaw(socket, 408, "the request took too long to arrive");
      return;
    default:
      answerRaw(socket, 400, "this is no HTTP request");
  }
}
