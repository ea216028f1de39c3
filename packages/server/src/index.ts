export { type Clock, systemClock } from "./clock.ts";
export { checkStepMs, defaultAnswerInMs, impossibilities, tickMsOf } from "./configuration.ts";
export {
  HeartbeatEngine,
  type HeartbeatEngineOptions,
  type HeartbeatEvents,
  type HeartbeatLogger,
} from "./engine.ts";
export type { HeartbeatConnection, HeartbeatSnapshot, LivenessState } from "./heartbeat-connection.ts";
export type { BeatFrames, HeartbeatEncoding, HeartbeatSocket } from "./heartbeat-socket.ts";
export { VETO_REASONS, type VetoReason } from "./judge.ts";
export type { LivenessTimes } from "./liveness.ts";
export {
  createHeartbeatMetrics,
  ERROR_PLACES,
  type ErrorPlace,
  type HeartbeatMetrics,
  type MetricsOptions,
} from "./metrics.ts";
export { Timer } from "./timer.ts";
