export { addressPrefix } from "./address-prefix.ts";
export type { BeatEncoder, BeatFacts, EncodingName } from "./beat-encodings.ts";
export type { Ending, TransportEnd } from "./cause-of-death.ts";
export { type Clock, systemClock } from "./clock.ts";
export { checkStepMs, defaultAnswerInMs, impossibilities, tickMsOf } from "./configuration.ts";
export type { StoryEvent, StoryKind } from "./connection-story.ts";
export type { DelaySplit } from "./delay-split.ts";
export { type AddOptions, HeartbeatEngine } from "./engine.ts";
export { ADAPTIVE_MODES, type AdaptiveMode, type HeartbeatEngineOptions } from "./engine-options.ts";
export type { HeartbeatConnection, HeartbeatSnapshot, LivenessState } from "./heartbeat-connection.ts";
export type { HeartbeatEvents } from "./heartbeat-events.ts";
export type { HeartbeatLogger } from "./heartbeat-logger.ts";
export type { BeatFrames, HeartbeatEncoding, HeartbeatSocket } from "./heartbeat-socket.ts";
export { type IdleCut, IdleTimeouts } from "./idle-timeouts.ts";
export {
  adaptiveIntervalMs,
  type IntervalFacts,
  type IntervalPolicy,
  intervalSteps,
} from "./interval-policy.ts";
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
