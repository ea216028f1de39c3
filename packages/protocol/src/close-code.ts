/** Close codes on the wire: RFC 6455 section 7.4.1, the IANA registry, and four of lubdub's own. */
export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  invalidText: 1007,
  policy: 1008,
  tooLarge: 1009,
  serverFault: 1011,
  restarting: 1012,
  full: 1013,
  unauthorized: 4001,
  slowConsumer: 4008,
  replaced: 4009,
  heartbeatLost: 4010,
} as const;
export type CloseCode = (typeof CloseCode)[keyof typeof CloseCode];

/** What a client does after a close: stay closed, come back in its slot, back off, back off longer, or ask for a token. */
export type ReconnectRule = "never" | "slot" | "backoff" | "longBackoff" | "newToken";

const rules: Readonly<Record<CloseCode, readonly [rule: ReconnectRule, sentence: string]>> = {
  [CloseCode.normal]: ["never", "closed as asked"],
  [CloseCode.goingAway]: ["slot", "the server is going away"],
  [CloseCode.unsupportedData]: ["never", "a binary frame came where text is due"],
  [CloseCode.invalidText]: ["never", "a text frame was not valid UTF-8"],
  [CloseCode.policy]: ["never", "against the server's policy"],
  [CloseCode.tooLarge]: ["never", "a frame was too large"],
  [CloseCode.serverFault]: ["backoff", "the server had a fault"],
  [CloseCode.restarting]: ["slot", "the server is restarting"],
  [CloseCode.full]: ["longBackoff", "the server is full"],
  [CloseCode.unauthorized]: ["newToken", "the token is missing, wrong or expired"],
  [CloseCode.slowConsumer]: ["backoff", "the client could not keep up"],
  [CloseCode.replaced]: ["never", "the session was taken over by a newer connection"],
  [CloseCode.heartbeatLost]: ["backoff", "the heartbeat was lost"],
};

function ruleOf(code: number): readonly [rule: ReconnectRule, sentence: string] | undefined {
  return (rules as Readonly<Record<number, readonly [ReconnectRule, string]>>)[code];
}

/** What the code means, in words. */
export function closeCodeSentence(code: number): string {
  if (code === 1005) return "closed without a code";
  if (code === 1006) return "the connection was cut without a close frame";
  return ruleOf(code)?.[1] ?? `closed with code ${code}`;
}

/** How a client comes back. A code it does not know, or none (1005, 1006), is a fault: it backs off. */
export function reconnectRule(code: number): ReconnectRule {
  if (code === 1006) return "slot";
  return ruleOf(code)?.[0] ?? "backoff";
}

/** True when a client may reconnect by itself, without a new token. */
export function mayReconnect(code: number): boolean {
  const rule = reconnectRule(code);
  return rule !== "never" && rule !== "newToken";
}

/** A close frame holds at most 125 bytes, two of them the code (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** Cuts a reason at 123 bytes of UTF-8, between characters. */
export function truncateCloseReason(reason: string): string {
  const room = new Uint8Array(MAX_REASON_BYTES);
  const { read } = new TextEncoder().encodeInto(reason, room);
  return reason.slice(0, read);
}
