import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { createHeartbeatMetrics, HeartbeatEngine, type HeartbeatMetrics } from "@lubdub/server";
import { clientAddress, type ProxyTrust, proxyTrust } from "./address.ts";
import { Admin } from "./admin.ts";
import { budgetSentence } from "./budget.ts";
import type { ServiceConfig } from "./config.ts";
import { loadConsole } from "./console-files.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { createHttpApp } from "./http/app.ts";
import { createHttpServer } from "./http/http-server.ts";
import { inForce } from "./in-force.ts";
import { createLoggers, type Loggers } from "./logger.ts";
import { originAllowed } from "./origin.ts";
import { listenError } from "./service-error.ts";

export interface ServiceOptions {
  /** Where lines for people go. Default: nowhere. */
  readonly stdout?: { write(text: string): unknown };
  /** Default: JSON lines on stderr, at the level of the configuration. */
  readonly loggers?: Loggers;
  /** The folder of the built console. Default: the one that comes with this package. */
  readonly consoleDir?: string;
  /** Makes the part that holds the WebSockets. Default: the real one. */
  readonly createGateway?: typeof createGateway;
}

/** A service that listens. */
export interface RunningService {
  /** Where it listens, such as `http://127.0.0.1:8080`, with the base path when that is not `/`. */
  readonly url: string;
  readonly port: number;
  /** Sends every connection away within the drain time, then stops listening. Twice is harmless. */
  stop(): Promise<void>;
}

const CONSOLE_DIR = fileURLToPath(new URL("../console", import.meta.url));
const BACKLOG = 2_048;

/** What is left of the drain time for closing the server and ending the process, in milliseconds. */
export const closingTimeMs = (drainMs: number): number => Math.min(500, drainMs / 5);

function urlOf(host: string, port: number, basePath: string): string {
  const authority = host.includes(":") ? `[${host}]` : host;
  return `http://${authority}:${port}${basePath === "/" ? "" : basePath}`;
}

async function listen(server: Server, { host, port }: ServiceConfig): Promise<number> {
  try {
    server.listen({ host, port, backlog: BACKLOG });
    await once(server, "listening");
  } catch (error) {
    throw listenError(error, { host, port });
  }
  return (server.address() as AddressInfo).port;
}

/** Resolves with the promise, or after `ms` at the latest. */
async function atMost(ms: number, promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, late]);
  clearTimeout(timer);
}

/** Ends the HTTP server: requests under way may finish within `graceMs`, then they are cut. */
async function close(server: Server, graceMs: number): Promise<void> {
  const closed = once(server, "close").then(() => undefined);
  server.close();
  await atMost(graceMs, closed);
  server.closeAllConnections();
  await atMost(graceMs, closed);
}

interface Parts {
  readonly trust: ProxyTrust;
  readonly config: ServiceConfig;
  readonly loggers: Loggers;
  readonly metrics: HeartbeatMetrics;
  readonly engine: HeartbeatEngine;
  readonly gateway: Gateway;
}

function assemble(config: ServiceConfig, options: ServiceOptions): Parts {
  const loggers = options.loggers ?? createLoggers(config.logLevel);
  const trust = proxyTrust(config.trustProxies);
  const metrics = createHeartbeatMetrics();
  const { intervalMs, answerInMs, probeInMs, adaptive } = config;
  const logger = loggers.heartbeat;
  const engine = new HeartbeatEngine({ intervalMs, answerInMs, probeInMs, adaptive, metrics, logger });
  const gateway = (options.createGateway ?? createGateway)({
    config,
    engine,
    metrics,
    logger: loggers.service,
    clientAddress: (request) => clientAddress(request, trust),
    originAllowed: (request) => originAllowed(request, config.allowOrigins),
  });
  return { trust, config, loggers, metrics, engine, gateway };
}

/** The end of a service, begun by a signal, by `POST /api/drain`, or by both; each part of it happens once. */
class Shutdown {
  readonly #parts: Parts;
  #drained: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  stop(server: Server): Promise<void> {
    this.#stopped ??= this.#stop(server);
    return this.#stopped;
  }

  async #drain(): Promise<void> {
    const { config, gateway, loggers } = this.#parts;
    const withinMs = config.drainMs - closingTimeMs(config.drainMs);
    loggers.service.info({ connections: gateway.summary().connections, withinMs }, "draining");
    await atMost(withinMs, gateway.drain(withinMs));
    gateway.terminateAll();
  }

  async #stop(server: Server): Promise<void> {
    const { config, engine, metrics, loggers } = this.#parts;
    const startedAt = performance.now();
    try {
      await this.drain();
    } finally {
      engine.stop();
      await close(server, closingTimeMs(config.drainMs) / 4);
      const tookMs = performance.now() - startedAt;
      metrics.shutdown.observe(tookMs / 1_000);
      loggers.service.info({ tookMs: Math.round(tookMs) }, "stopped");
    }
  }
}

/**
 * Starts a whole service: engine, gateway and HTTP, and resolves when it listens.
 * Rejects with a `ServiceError` when it cannot. This is the one place that knows all the parts.
 */
export async function startService(
  config: ServiceConfig,
  options: ServiceOptions = {},
): Promise<RunningService> {
  const consoleFiles = await loadConsole(options.consoleDir ?? CONSOLE_DIR);
  const parts = assemble(config, options);
  const { gateway, metrics, loggers, engine, trust } = parts;
  const shutdown = new Shutdown(parts);
  let isStarted = false;
  const app = createHttpApp({
    config,
    gateway,
    metrics,
    trust,
    consoleFiles,
    logger: loggers.service,
    admin: new Admin({ token: config.adminToken, trust }),
    notReadyBecause: () =>
      gateway.summary().draining ? "this node is draining" : isStarted ? undefined : "this node is starting",
    failed: () => metrics.errors.inc("http"),
    drain: () =>
      void shutdown
        .drain()
        .catch((error: unknown) => loggers.service.error({ err: error }, "draining failed")),
  });
  const server = createHttpServer({ app, gateway, basePath: config.basePath, logger: loggers.service });
  const port = await listen(server, config);
  server.on("error", (error) => loggers.service.error({ err: error }, "the HTTP server failed"));
  engine.start();
  isStarted = true;
  const url = urlOf(config.host, port, config.basePath);
  loggers.service.info({ url, node: config.node, detection: budgetSentence(config) }, "listening");
  options.stdout?.write(`lubdub listening on ${url}\n${inForce(config)}\n`);
  return { url, port, stop: () => shutdown.stop(server) };
}
