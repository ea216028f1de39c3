import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { addressGroup, cameOverHttps, clientAddress, proxyTrust } from "./address.ts";

function request(remoteAddress: string, headers: Record<string, string> = {}): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

describe("the client's address", () => {
  const trust = ["10.0.0.0/8", "192.0.2.7", "fd00::/8"];
  it.each<[string, string[], string, string | undefined, string]>([
    ["is the peer's when no proxy is trusted", [], "203.0.113.9", "1.2.3.4", "203.0.113.9"],
    ["is the peer's when the peer is no trusted proxy", trust, "203.0.113.9", "1.2.3.4", "203.0.113.9"],
    ["is the peer's when a trusted proxy says nothing", trust, "10.0.0.1", undefined, "10.0.0.1"],
    ["is what the trusted proxy saw", trust, "10.0.0.1", "203.0.113.9", "203.0.113.9"],
    ["is not what the client claims", trust, "10.0.0.1", "127.0.0.1, 203.0.113.9", "203.0.113.9"],
    [
      "is found behind several trusted proxies",
      trust,
      "10.0.0.1",
      "6.6.6.6, 203.0.113.9,10.9.9.9, 192.0.2.7",
      "203.0.113.9",
    ],
    ["is the left-most when all are trusted", trust, "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["is the proxy's when its entry is no address", trust, "10.0.0.1", "1.2.3.4, unknown", "10.0.0.1"],
    ["is the proxy's when its entry is empty", trust, "10.0.0.1", "1.2.3.4, ", "10.0.0.1"],
    ["is not read from an octal form", trust, "10.0.0.1", "1.2.3.4, 010.0.0.1", "10.0.0.1"],
    ["is not read from a short form", trust, "10.0.0.1", "127.1", "10.0.0.1"],
    ["is IPv4 when mapped into IPv6", trust, "::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"],
    ["is IPv6 in its canonical form", trust, "fd00::1", "2001:DB8:0:0::1", "2001:db8::1"],
    ["has no port", trust, "10.0.0.1", "203.0.113.9:4711", "203.0.113.9"],
    ["has no brackets", trust, "10.0.0.1", "[2001:db8::1]:4711", "2001:db8::1"],
    ["has no zone", [], "fe80::1%eth0", undefined, "fe80::1"],
  ])("%s", (_what, networks, peer, forwarded, due) => {
    const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
    expect(clientAddress(request(peer, headers), proxyTrust(networks))).toBe(due);
  });

  it("is unknown on a socket that has gone", () => {
    const gone = { socket: {}, headers: {} } as unknown as IncomingMessage;
    expect(clientAddress(gone, [])).toBe("unknown");
  });

  it("counts as one client within an IPv6 network of 64 bits", () => {
    expect(addressGroup("2001:db8:1:2:3::4")).toBe(addressGroup("2001:db8:1:2:ffff::"));
    expect(addressGroup("203.0.113.9")).toBe("203.0.113.9");
  });
});

describe("TLS is believed", () => {
  const trust = proxyTrust(["10.0.0.0/8"]);
  it.each([
    ["10.0.0.1", "https", true],
    ["10.0.0.1", "https, http", false],
    ["10.0.0.1", "http", false],
    ["203.0.113.9", "https", false],
  ])("from %s saying %s: %s", (peer, proto, due) => {
    expect(cameOverHttps(request(peer, { "x-forwarded-proto": proto }), trust)).toBe(due);
  });
});
