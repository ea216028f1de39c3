import { isIPv6 } from "node:net";

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The neighbourhood of an address: its first 24 bits of IPv4, 48 of IPv6, as `203.0.113.0/24` or `2001:db8:7::/48`. */
export function addressPrefix(address: string): string {
  const v4 = MAPPED.exec(address)?.[1] ?? address;
  if (!isIPv6(v4)) return v4.replace(/\.\d+$/, ".0/24");
  const [head = "", tail] = (v4.split("%", 1)[0] ?? v4).split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const whole = [...groups, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${whole
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/48`;
}
