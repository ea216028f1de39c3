import type { IncomingMessage } from "node:http";
import { expect, it } from "vitest";
import { originAllowed } from "./origin.ts";

it.each<[string, string | undefined, string | undefined, boolean]>([
  ["no origin", undefined, "example.com", true],
  ["the same origin", "http://example.com:8080", "example.com:8080", true],
  ["the same origin behind TLS", "https://example.com", "example.com", true],
  ["the same origin with its default port", "https://example.com", "example.com:443", true],
  ["the same origin in capitals", "https://example.com", "Example.com", true],
  ["the same IPv6 origin", "http://[::1]:8080", "[::1]:8080", true],
  ["an allowed origin", "https://app.example", "example.com", true],
  ["an allowed origin in another scheme", "http://app.example", "example.com", false],
  ["a subdomain of an allowed origin", "https://x.app.example", "example.com", false],
  ["another port", "http://example.com:8081", "example.com:8080", false],
  ["another host", "https://evil.example", "example.com", false],
  ["the opaque origin", "null", "example.com", false],
  ["an origin with a path", "http://example.com/x", "example.com", false],
  ["an origin with a user", "http://a@example.com", "example.com", false],
  ["another scheme on the same host", "chrome-extension://example.com", "example.com", false],
  ["no host", "http://example.com", undefined, false],
  ["an empty origin", "", "example.com", false],
])("%s", (_what, origin, host, due) => {
  const request = { headers: { origin, host } } as unknown as IncomingMessage;
  expect(originAllowed(request, ["https://app.example"])).toBe(due);
});
