import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = [Address, number];

/** The proxies whose word about an address is believed. */
export type ProxyTrust = readonly Network[];

/** Compiles addresses and networks (`10.0.0.1`, `10.0.0.0/8`, `fd00::/8`) that the configuration has already checked. */
export function proxyTrust(networks: readonly string[]): ProxyTrust {
  return networks.map((text): Network => {
    if (text.includes("/")) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === "ipv4" ? 32 : 128];
  });
}

/**
 * Reads one address: an IPv4-mapped IPv6 address becomes IPv4, a port, brackets and a zone are dropped.
 * Undefined for what is no address; the short and octal forms of IPv4 are none.
 */
function readAddress(text: string | undefined): Address | undefined {
  const bare = (text ?? "").trim().replace(/^\[(.*)\](:\d+)?$/, "$1");
  const withoutPort = /^\d+\.\d+\.\d+\.\d+:\d+$/.test(bare) ? bare.slice(0, bare.indexOf(":")) : bare;
  const withoutZone = withoutPort.split("%", 1)[0] ?? "";
  if (!withoutZone.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(withoutZone)) return undefined;
  return ipaddr.isValid(withoutZone) ? ipaddr.process(withoutZone) : undefined;
}

function isTrusted(address: Address, trust: ProxyTrust): boolean {
  return trust.some(([network, bits]) => {
    return network.kind() === address.kind() && address.match(network, bits);
  });
}

const written = (address: Address): string => address.toString();

function lines(request: IncomingMessage, header: string): string[] {
  const value = request.headers[header];
  return value === undefined ? [] : [value].flat().join(",").split(",");
}

/**
 * The address of the client, in its canonical form: the right-most one of `X-Forwarded-For` that is no trusted proxy,
 * read only as far as trusted proxies vouch for it. An entry that is no address ends the reading, and the proxy that
 * passed it on is named instead.
 */
export function clientAddress(request: IncomingMessage, trust: ProxyTrust): string {
  let nearest = readAddress(request.socket.remoteAddress);
  if (nearest === undefined) return "unknown";
  for (const entry of lines(request, "x-forwarded-for").reverse()) {
    if (!isTrusted(nearest, trust)) break;
    const next = readAddress(entry);
    if (next === undefined) break;
    nearest = next;
  }
  return written(nearest);
}

/** Whether the client itself spoke TLS: a trusted proxy says so in `X-Forwarded-Proto`. */
export function cameOverHttps(request: IncomingMessage, trust: ProxyTrust): boolean {
  const peer = readAddress(request.socket.remoteAddress);
  if (peer === undefined || !isTrusted(peer, trust)) return false;
  return lines(request, "x-forwarded-proto").at(-1)?.trim().toLowerCase() === "https";
}

/** Whether the peer of the TCP connection is this machine. */
export function isLoopbackPeer(request: IncomingMessage): boolean {
  return readAddress(request.socket.remoteAddress)?.range() === "loopback";
}

/** What stands for one client when attempts are counted: an IPv4 address, or the /64 network of an IPv6 address. */
export function addressGroup(address: string): string {
  const parsed = readAddress(address);
  if (parsed === undefined || parsed.kind() === "ipv4") return address;
  return ipaddr.IPv6.networkAddressFromCIDR(`${written(parsed)}/64`).toString();
}
