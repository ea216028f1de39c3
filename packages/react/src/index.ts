"use client";

export type { ShownHeartbeat } from "./beats-view.ts";
export {
  type DashboardSession,
  GlobalHeartbeatDashboard,
  type GlobalHeartbeatDashboardProps,
} from "./GlobalHeartbeatDashboard.tsx";
export {
  HeartbeatMonitor,
  type HeartbeatMonitorData,
  type HeartbeatMonitorProps,
} from "./HeartbeatMonitor.tsx";
export { SessionCard, type SessionCardProps } from "./SessionCard.tsx";
export { useConnection, useConnections } from "./use-connection.ts";
export { type UseWebSocketResult, useWebSocket } from "./use-web-socket.ts";
export { type Glyph, type Tone, type Verdict, verdictOf, verdictOfHealth } from "./verdict.ts";
