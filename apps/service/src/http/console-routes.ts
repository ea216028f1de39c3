import type { Hono } from "hono";
import type { ConsoleFile, ConsoleFiles } from "../console-files.ts";
import type { HttpContext, HttpEnv } from "./http-env.ts";

const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>lubdub</title>
<p>lubdub is running, but its console is not built. Run <code>npm run build</code> and start it again.</p>
</html>
`;

const acceptsGzip = (context: HttpContext): boolean =>
  (context.req.header("accept-encoding") ?? "")
    .split(",")
    .some((coding) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(coding));

function send(context: HttpContext, file: ConsoleFile): Response {
  context.header("Cache-Control", file.cacheControl);
  context.header("ETag", file.etag);
  if (file.gzipped !== undefined) context.header("Vary", "Accept-Encoding");
  const known = (context.req.header("if-none-match") ?? "").split(",");
  if (known.some((etag) => etag.trim().replace(/^W\//, "") === file.etag)) return context.body(null, 304);
  context.header("Content-Type", file.contentType);
  if (file.gzipped === undefined || !acceptsGzip(context)) return context.body(file.body);
  context.header("Content-Encoding", "gzip");
  return context.body(file.gzipped);
}

/** `/` and the files it needs. Every path is looked up in what was loaded, never on the disk. */
export function addConsoleRoutes(app: Hono<HttpEnv>, files: ConsoleFiles): void {
  const index = files.get("index.html");
  app.get("/", (context) => (index === undefined ? context.html(NOT_BUILT, 503) : send(context, index)));
  for (const [path, file] of files) app.get(`/${path}`, (context) => send(context, file));
}
