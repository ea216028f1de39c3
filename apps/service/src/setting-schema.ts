import ipaddr from "ipaddr.js";
import { z } from "zod";
import { formatDuration, parseDuration } from "./duration.ts";
import { formatSize, parseSize } from "./size.ts";

/** A schema that reads text with `read`; where that gives undefined, `rule` says in words what was due. */
function readBy<T>(rule: string, read: (text: string) => T | undefined) {
  return z.string({ error: rule }).transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    context.issues.push({ code: "custom", message: rule, input: text });
    return z.NEVER;
  });
}

/** The same for a list: each entry by itself, so that a mistake is named alone. */
function listOf<T>(rule: string, read: (text: string) => T | undefined) {
  return z.array(readBy(rule, read), { error: rule });
}

const within = (value: number | undefined, min: number, max: number): number | undefined =>
  value !== undefined && value >= min && value <= max ? value : undefined;

/** A duration such as `30s`, in milliseconds. */
export const duration = (minMs: number, maxMs: number) =>
  readBy(`must be from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`, (text) =>
    within(parseDuration(text), minMs, maxMs),
  );

/** The interval: the wheel turns in tenths of a second. */
export const interval = duration(200, 300_000).refine((ms) => ms % 100 === 0, {
  error: "must be a whole number of tenths of a second",
});

/** A size such as `1MiB`, in bytes. */
export const size = (min: number, max: number) =>
  readBy(`must be a size from ${formatSize(min)} to ${formatSize(max)}`, (text) =>
    within(parseSize(text), min, max),
  );

const readWhole = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);

export const wholeNumber = (min: number, max: number) =>
  readBy(`must be a whole number from ${min} to ${max}`, (text) => within(readWhole(text), min, max));

/** A whole number, or the word `unlimited`, which is Infinity. */
export const wholeNumberOrUnlimited = (min: number, max: number) =>
  readBy(`must be a whole number from ${min} to ${max}, or unlimited`, (text) =>
    text === "unlimited" ? Number.POSITIVE_INFINITY : within(readWhole(text), min, max),
  );

export function oneOf<const T extends string>(words: readonly T[]) {
  const rule = `must be ${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
  return readBy(rule, (text) => words.find((word) => word === text));
}

/** A host name or an address to listen on; an IPv6 address may stand in brackets, which are taken off. */
export const listenHost = readBy("must be a host name or an IP address", (text) => {
  const bare = /^\[(.+)\]$/.exec(text)?.[1] ?? text;
  if (ipaddr.isValid(bare)) return bare;
  return /^[a-z\d]([a-z\d.-]{0,251}[a-z\d])?$/i.test(text) ? text : undefined;
});

/** A secret that fits into an HTTP header. */
export const secret = readBy("must be at least 8 visible ASCII characters without spaces", (text) =>
  /^[\x21-\x7e]{8,}$/.test(text) ? text : undefined,
);

/** `/`, or a path between two slashes. The last slash may be left out. */
export const pathPrefix = readBy("must be a path such as / or /lubdub/", (text) => {
  if (text === "/") return text;
  const isPath = /^(\/[A-Za-z0-9._~-]+)+\/?$/.test(text) && !/\/\.{1,2}(\/|$)/.test(text);
  return isPath ? text.replace(/\/?$/, "/") : undefined;
});

export const nodeName = readBy("must be 1 to 64 of the characters A-Z a-z 0-9 . _ -", (text) =>
  /^[\w.-]{1,64}$/.test(text) ? text : undefined,
);

/** Origins as browsers send them. Scheme and host are lower-cased, a default port is dropped. */
export const origins = listOf("must be an origin such as https://example.com, without a path", (text) => {
  const [, scheme, rest] = /^([a-z][a-z\d+.-]*):\/\/([^\s/?#@\\]+)$/i.exec(text) ?? [];
  if (scheme === undefined || rest === undefined) return undefined;
  if (!/^https?$/i.test(scheme)) return `${scheme.toLowerCase()}://${rest}`;
  return URL.canParse(text) ? new URL(text).origin : undefined;
});

/** Networks as `10.0.0.0/8`, or single addresses. */
export const networks = listOf("must be an IP address or a network such as 10.0.0.0/8", (text) => {
  const address = text.split("/", 1)[0] ?? "";
  if (!address.includes(":") && !ipaddr.IPv4.isValidFourPartDecimal(address)) return undefined;
  return ipaddr.isValid(text) || ipaddr.isValidCIDR(text) ? text : undefined;
});
