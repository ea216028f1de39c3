import { CAUSES_OF_DEATH, type CauseOfDeath } from "@lubdub/protocol";
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { CountedHistogram } from "./counted-histogram.ts";
import { VETO_REASONS, type VetoReason } from "./judge.ts";

/** Where something can go wrong without ending the process. */
export const ERROR_PLACES = [
  "beat",
  "ping",
  "send",
  "receive",
  "upgrade",
  "chat",
  "http",
  "listener",
] as const;
export type ErrorPlace = (typeof ERROR_PLACES)[number];

/** Upper bounds in seconds, from 1 ms to 10 s. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const LATENESS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const DETECTION_BUCKETS = [0.25, 0.5, 1, 2, 5, 10, 15, 20, 25, 30, 35, 40, 50, 60, 120, 300];
const SHUTDOWN_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];

/** Default metrics of prom-client that are gauges but end in `_total`, which the Prometheus conventions reject. */
const MISNAMED_GAUGES = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
];

export interface MetricsOptions {
  /** Where the metrics are registered. Default: a registry of their own. */
  readonly registry?: Registry;
  /**
   * What every name begins with.
   * @default "app_"
   */
  readonly prefix?: string;
  /**
   * Whether Node's own metrics (CPU, memory, event-loop delay) are registered beside them.
   * @default true
   */
  readonly runtime?: boolean;
}

export type HeartbeatMetrics = ReturnType<typeof createHeartbeatMetrics>;

/** A counter that counts in a plain field and is handed to prom-client when the registry is read. */
class FieldCounter {
  #pending = 0;

  constructor(registry: Registry, name: string, help: string) {
    const drain = (): number => {
      const pending = this.#pending;
      this.#pending = 0;
      return pending;
    };
    new Counter({
      name,
      help,
      registers: [registry],
      collect() {
        this.inc(drain());
      },
    });
  }

  inc(by = 1): void {
    this.#pending += by;
  }
}

/** A counter with one label of known values, each at 0 from the start. */
function labelled<L extends string>(
  registry: Registry,
  name: string,
  help: string,
  label: string,
  values: readonly L[],
): { inc(value: L, by?: number): void } {
  const counter = new Counter({ name, help, labelNames: [label], registers: [registry] });
  for (const value of values) counter.inc({ [label]: value }, 0);
  return { inc: (value, by = 1) => counter.inc({ [label]: value }, by) };
}

/** The table of all metrics. Counters are at 0 from the start; what is counted for each beat costs a field's increment. */
export function createHeartbeatMetrics(options: MetricsOptions = {}) {
  const registry = options.registry ?? new Registry();
  const prefix = options.prefix ?? "app_";
  const counter = (name: string, help: string) => new FieldCounter(registry, prefix + name, help);
  const histogram = (name: string, help: string, bounds: readonly number[]) =>
    new CountedHistogram(registry, prefix + name, help, bounds);
  const setSource = registerGauges(registry, prefix);
  if (options.runtime ?? true) registerRuntimeMetrics(registry);
  return {
    registry,
    heartbeatsSent: counter("heartbeats_sent_total", "Heartbeats written to a socket."),
    heartbeatsReceived: counter(
      "heartbeats_received_total",
      "Heartbeats answered by their first pong, also a late one.",
    ),
    heartbeatsOnTime: counter(
      "heartbeats_on_time_total",
      "Heartbeats answered within the answer time: divided by those sent, the on-time ratio.",
    ),
    latency: histogram(
      "heartbeat_latency_seconds",
      "Time from beat written to answer read.",
      LATENCY_BUCKETS,
    ),
    missed: counter("missed_heartbeats_total", "Heartbeats without any sign of life in time."),
    lateness: histogram(
      "heartbeat_lateness_seconds",
      "Time from a heartbeat's second to its write.",
      LATENESS_BUCKETS,
    ),
    detection: histogram(
      "detection_seconds",
      "Time from a dead peer's last byte to its verdict.",
      DETECTION_BUCKETS,
    ),
    falseDeaths: counter("false_deaths_total", "Verdicts on peers that later proved to have been alive."),
    opened: counter("connections_opened_total", "WebSocket connections opened."),
    messagesReceived: counter(
      "messages_received_total",
      "Messages read from clients, heartbeats' answers left out.",
    ),
    messagesSent: counter("messages_sent_total", "Messages sent to clients, heartbeats left out."),
    shutdown: histogram("shutdown_duration_seconds", "Time a graceful shutdown took.", SHUTDOWN_BUCKETS),
    errors: labelled<ErrorPlace>(
      registry,
      `${prefix}errors_total`,
      "Errors that were caught, by where they happened.",
      "where",
      ERROR_PLACES,
    ),
    closed: labelled<CauseOfDeath>(
      registry,
      `${prefix}connections_closed_total`,
      "WebSocket connections that ended, by cause.",
      "cause",
      Object.keys(CAUSES_OF_DEATH) as CauseOfDeath[],
    ),
    refined: labelled<CauseOfDeath>(
      registry,
      `${prefix}causes_refined_total`,
      "Causes of death that the returning client's report changed, by what they became.",
      "cause",
      Object.keys(CAUSES_OF_DEATH) as CauseOfDeath[],
    ),
    vetoed: labelled<VetoReason>(
      registry,
      `${prefix}verdicts_vetoed_total`,
      "Verdicts of death that were put off or dropped, by reason.",
      "reason",
      VETO_REASONS,
    ),
    /** Says where the gauges are read at each scrape. */
    setSource,
  };
}

/** What an engine says of its connections when it is asked. */
export interface GaugeSource {
  connections(): number;
  /** Connections by their interval in ms. */
  intervals(): ReadonlyMap<number, number>;
}

/** Gauges are read at each scrape; returns the way to say where. */
function registerGauges(registry: Registry, prefix: string): (source: GaugeSource) => void {
  let source: GaugeSource = { connections: () => 0, intervals: () => new Map() };
  new Gauge({
    name: `${prefix}active_connections`,
    help: "Open WebSocket connections under the heartbeat engine.",
    registers: [registry],
    collect() {
      this.set(source.connections());
    },
  });
  new Gauge({
    name: `${prefix}heartbeat_interval_connections`,
    help: "Open connections by the interval of their heartbeats in seconds.",
    labelNames: ["interval"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [intervalMs, count] of source.intervals()) this.set({ interval: intervalMs / 1_000 }, count);
    },
  });
  return (given) => {
    source = given;
  };
}

function registerRuntimeMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED_GAUGES) registry.removeSingleMetric(name);
}
