export * from "./cause-of-death.ts";
export {
  type DecodedClientMessage,
  type Dialect,
  decodeClientMessage,
  encodeClientMessage,
} from "./client-message.ts";
export * from "./close-code.ts";
export type { Decoded } from "./decoded.ts";
export { utf8Length } from "./fields.ts";
export * from "./grace.ts";
export * from "./health.ts";
export type { Heartbeat, NumberedHeartbeat } from "./heartbeat.ts";
export * from "./heartbeat-binary.ts";
export * from "./heartbeat-gzip.ts";
export * from "./heartbeat-json.ts";
export * from "./limits.ts";
export * from "./messages.ts";
export * from "./names.ts";
export * from "./ping-payload.ts";
export * from "./quality.ts";
export { decodeServerMessage, encodeServerMessage } from "./server-message.ts";
export * from "./statistics.ts";
export * from "./subprotocol.ts";
export * from "./timestamp.ts";
