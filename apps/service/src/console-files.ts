import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

/** One file of the console, ready to be sent. */
export interface ConsoleFile {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The same compressed; undefined where that saves nothing. */
  readonly gzipped: Uint8Array<ArrayBuffer> | undefined;
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag: string;
}

/** The built console by path, such as `index.html` or `assets/index-B1x9.js`. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
};

const COMPRESSIBLE = /^(text\/|application\/|image\/svg)/;
const WORTH_COMPRESSING_BYTES = 1024;
const compress = promisify(gzip);

/** The bundler puts a hash of the content into every name below `assets/`, so those never change. */
const cacheControlOf = (path: string): string =>
  path.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";

async function loadFile(directory: string, path: string): Promise<ConsoleFile> {
  const body = Uint8Array.from(await readFile(join(directory, path)));
  const contentType = CONTENT_TYPES[extname(path)] ?? "application/octet-stream";
  const isWorth = COMPRESSIBLE.test(contentType) && body.byteLength > WORTH_COMPRESSING_BYTES;
  return {
    body,
    gzipped: isWorth ? Uint8Array.from(await compress(body)) : undefined,
    contentType,
    cacheControl: cacheControlOf(path),
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
  };
}

/**
 * Reads the whole console into memory: it is small, and a request can then never reach another file.
 * Empty when the console was not built.
 */
export async function loadConsole(directory: string): Promise<ConsoleFiles> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(directory, sep).length));
  const files = await Promise.all(
    paths.map(async (path) => [path.split(sep).join("/"), await loadFile(directory, path)] as const),
  );
  return new Map(files);
}
