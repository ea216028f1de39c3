import type { IncomingMessage } from "node:http";

/**
 * The origin rule of `/ws` and of every POST: no `Origin` at all (no browser), the origin that this very request was
 * sent to, or exactly one of `allowOrigins`. TLS may end at a proxy, so host and port are compared, not the scheme.
 */
export function originAllowed(request: IncomingMessage, allowOrigins: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (allowOrigins.includes(origin)) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  const { protocol, host: originHost, origin: canonical } = new URL(origin);
  if (canonical !== origin.toLowerCase() || !/^https?:$/.test(protocol)) return false;
  const here = `${protocol}//${host}`;
  return URL.canParse(here) && new URL(here).host === originHost;
}
