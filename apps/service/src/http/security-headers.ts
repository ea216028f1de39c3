import type { MiddlewareHandler } from "hono";
import type { HttpEnv } from "./http-env.ts";

/** The page runs its own files only; it may open WebSockets to any server, for it can watch several. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "manifest-src 'self'",
  "connect-src 'self' ws: wss:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Headers of every answer. What says nothing about caching is not cached. */
export const securityHeaders: MiddlewareHandler<HttpEnv> = async (context, next) => {
  await next();
  context.header("X-Content-Type-Options", "nosniff");
  context.header("Referrer-Policy", "no-referrer");
  context.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
  context.header("Cross-Origin-Resource-Policy", "same-origin");
  if (!context.res.headers.has("Cache-Control")) context.header("Cache-Control", "no-store");
};
