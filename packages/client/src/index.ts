export type { HeartbeatRecord } from "./beat-ledger.ts";
export type { ChatRecord } from "./chat-ledger.ts";
export { type ClientClock, monotonicMs } from "./clock.ts";
export type { ConnectOptions } from "./connect-options.ts";
export { type Connection, connect, type SendResult } from "./connection.ts";
export type { ConnectionState } from "./connection-state.ts";
export type { LatencyKind } from "./latency.ts";
export type { ConnectionEvents, ConnectionSnapshot } from "./snapshot.ts";
export type { WebSocketConstructor, WebSocketLike } from "./web-socket.ts";
