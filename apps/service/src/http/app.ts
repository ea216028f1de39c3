import type { HeartbeatMetrics } from "@lubdub/server";
import { Hono } from "hono";
import type { Logger } from "pino";
import type { ProxyTrust } from "../address.ts";
import type { Admin } from "../admin.ts";
import type { ServiceConfig } from "../config.ts";
import type { ConsoleFiles } from "../console-files.ts";
import type { Gateway } from "../gateway.ts";
import { originAllowed } from "../origin.ts";
import { addAdminRoutes, adminOnly } from "./admin-routes.ts";
import { pageOf } from "./connection-page.ts";
import { readConnectionQuery } from "./connection-query.ts";
import { addConsoleRoutes } from "./console-routes.ts";
import { type HttpEnv, refuse } from "./http-env.ts";
import { securityHeaders } from "./security-headers.ts";

export interface HttpAppOptions {
  readonly config: Pick<ServiceConfig, "basePath" | "allowOrigins" | "node" | "drainMs">;
  readonly gateway: Pick<Gateway, "connections" | "closedConnections" | "connection" | "summary">;
  readonly metrics: Pick<HeartbeatMetrics, "registry">;
  readonly admin: Admin;
  readonly trust: ProxyTrust;
  readonly consoleFiles: ConsoleFiles;
  readonly logger: Pick<Logger, "error">;
  /** Why no traffic is taken, in a sentence; undefined when ready. */
  notReadyBecause(): string | undefined;
  /** Is told of each request that failed by our own fault. */
  failed(): void;
  /** Begins to drain, harmless when it has begun. */
  drain(): void;
}

/** Paths and the methods they know; any other method is answered with 405. */
const METHODS: Readonly<Record<string, string>> = {
  "/": "GET, HEAD",
  "/healthz": "GET, HEAD",
  "/readyz": "GET, HEAD",
  "/metrics": "GET, HEAD",
  "/api/connections": "GET, HEAD",
  "/api/connections/:connection": "GET, HEAD",
  "/api/fleet": "GET, HEAD",
  "/api/login": "POST",
  "/api/logout": "POST",
  "/api/drain": "POST",
};

/** All that is answered over plain HTTP, below the base path. Every refusal is JSON with a sentence. */
export function createHttpApp(options: HttpAppOptions): Hono<HttpEnv> {
  const { config, logger } = options;
  const root = new Hono<HttpEnv>();
  root.use(securityHeaders);
  root.use(async (context, next) => {
    const isRead = context.req.method === "GET" || context.req.method === "HEAD";
    if (isRead || originAllowed(context.env.incoming, config.allowOrigins)) return next();
    return refuse(context, 403, "this origin may not post here: allow it with --allow-origin");
  });
  root.onError((error, context) => {
    options.failed();
    logger.error({ err: error, path: context.req.path }, "a request failed");
    return refuse(context, 500, "the server failed on this request; its log says why");
  });
  root.notFound((context) => refuse(context, 404, `there is nothing at ${context.req.path}`));

  const app = root.basePath(config.basePath);
  addProbes(app, options);
  addApi(app, options);
  addAdminRoutes(app, { admin: options.admin, trust: options.trust, basePath: config.basePath });
  addConsoleRoutes(app, options.consoleFiles);
  addRefusedMethods(app);
  if (config.basePath !== "/") {
    root.get(config.basePath.slice(0, -1), (context) => context.redirect(config.basePath, 308));
  }
  return root;
}

function addProbes(app: Hono<HttpEnv>, { notReadyBecause, metrics, admin }: HttpAppOptions): void {
  app.get("/healthz", (context) => context.json({ alive: true }));
  app.get("/readyz", (context) => {
    const reason = notReadyBecause();
    return reason === undefined ? context.json({ ready: true }) : context.json({ ready: false, reason }, 503);
  });
  app.get("/metrics", adminOnly(admin), async (context) =>
    context.body(await metrics.registry.metrics(), 200, { "Content-Type": metrics.registry.contentType }),
  );
}

function addApi(app: Hono<HttpEnv>, { config, gateway, admin, drain }: HttpAppOptions): void {
  app.get("/api/connections", adminOnly(admin), (context) => {
    const result = readConnectionQuery(context.req.query());
    if (!result.ok) return refuse(context, 400, result.problem);
    const isClosed = result.query.state === "closed";
    const rows = isClosed ? gateway.closedConnections() : gateway.connections();
    return context.json(pageOf(rows, result.query));
  });
  app.get("/api/connections/:connection", adminOnly(admin), (context) => {
    const given = context.req.param("connection");
    const found = /^\d{1,15}$/.test(given) ? gateway.connection(Number(given)) : undefined;
    if (found === undefined)
      return refuse(
        context,
        404,
        `no connection ${JSON.stringify(given)} is open or among the last that closed`,
      );
    return context.json({ ...found.row, story: found.story });
  });
  app.get("/api/fleet", adminOnly(admin), (context) => {
    const { draining, ...counts } = gateway.summary();
    const node = { node: config.node, state: draining ? "draining" : "up", ...counts };
    return context.json({ nodes: [node], totals: { nodes: 1, ...counts } });
  });
  app.post("/api/drain", adminOnly(admin), (context) => {
    drain();
    return context.json({ draining: true, withinMs: config.drainMs }, 202);
  });
}

function addRefusedMethods(app: Hono<HttpEnv>): void {
  for (const [path, methods] of Object.entries(METHODS)) {
    app.all(path, (context) => {
      context.header("Allow", methods);
      return refuse(context, 405, `${context.req.path} answers ${methods} only, got ${context.req.method}`);
    });
  }
  app.all("/ws", (context) => {
    context.header("Upgrade", "websocket");
    context.header("Connection", "Upgrade");
    return refuse(
      context,
      426,
      `${context.req.path} is a WebSocket endpoint: connect to it with ws:// or wss://`,
    );
  });
}
