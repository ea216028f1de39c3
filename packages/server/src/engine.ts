import { type CauseOfDeath, CloseCode, encodePing, LIMITS } from "@lubdub/protocol";
import type { Beat } from "./beat.ts";
import { tellsInterval } from "./beat-encodings.ts";
import { BeatHand } from "./beat-hand.ts";
import { causeOfDeath, type Ending } from "./cause-of-death.ts";
import { type Clock, systemClock } from "./clock.ts";
import { checkStepMs, defaultAnswerInMs, impossibilities, tickMsOf } from "./configuration.ts";
import { ConnectionPacer } from "./connection-pacer.ts";
import { Emitter } from "./emitter.ts";
import type { HeartbeatEngineOptions } from "./engine-options.ts";
import { EventLoopWatch, type LoopDelay } from "./event-loop-watch.ts";
import { type ConnectionOwner, HeartbeatConnection } from "./heartbeat-connection.ts";
import type { HeartbeatEvents } from "./heartbeat-events.ts";
import type { HeartbeatLogger } from "./heartbeat-logger.ts";
import type { HeartbeatEncoding, HeartbeatSocket } from "./heartbeat-socket.ts";
import { IdleTimeouts } from "./idle-timeouts.ts";
import { adaptiveIntervalMs, intervalSteps } from "./interval-policy.ts";
import { Judge, type JudgeEvents } from "./judge.ts";
import type { LivenessTimes } from "./liveness.ts";
import { createHeartbeatMetrics, type HeartbeatMetrics } from "./metrics.ts";
import { LONG_STALL_MS, StallLedger } from "./stall-ledger.ts";
import type { Tick } from "./tick-schedule.ts";
import { Timer } from "./timer.ts";

/** A connection that cannot keep up gets this long for its closing handshake, in ms. */
const SLOW_CLOSE_MS = 1_000;

const silent: HeartbeatLogger = { debug: () => undefined, warn: () => undefined, error: () => undefined };

/** What an engine is told of a socket that it takes into care. */
export interface AddOptions {
  /** How its heartbeats look. */
  readonly encoding: HeartbeatEncoding;
  /**
   * Where it comes from: address prefixes, or the proxy it was forwarded by. Idle timeouts are recognised for each.
   * @default []
   */
  readonly places?: readonly string[];
}

/**
 * Beats every connection on whole wall-clock seconds, looks who answers, and ends those that are dead. One timer for
 * the beats and one for the checks, whatever the number of connections; neither keeps the process alive.
 */
export class HeartbeatEngine implements LivenessTimes {
  readonly intervalMs: number;
  readonly answerInMs: number;
  readonly probeInMs: number;
  readonly tickMs: number;
  readonly metrics: HeartbeatMetrics;
  readonly #options: HeartbeatEngineOptions;
  readonly #clock: Clock;
  readonly #logger: HeartbeatLogger;
  readonly #emitter: Emitter<HeartbeatEvents>;
  readonly #hand: BeatHand<HeartbeatConnection>;
  readonly #ledger = new StallLedger();
  readonly #loopDelay: LoopDelay;
  readonly #idleTimeouts = new IdleTimeouts();
  readonly #judge: Judge;
  readonly #owner: ConnectionOwner;
  readonly #checkTimer = new Timer();
  readonly #closing = new Map<HeartbeatConnection, number>();
  #running = false;
  #lastId = 0;

  /** Throws a RangeError that names both sides when the times are impossible. */
  constructor(options: HeartbeatEngineOptions = {}) {
    this.intervalMs = options.intervalMs ?? 30_000;
    this.answerInMs = options.answerInMs ?? defaultAnswerInMs(this.intervalMs);
    this.probeInMs = options.probeInMs ?? defaultAnswerInMs(this.intervalMs);
    const problems = impossibilities(this);
    if (problems.length > 0) throw new RangeError(problems.join("; "));
    this.#options = options;
    this.tickMs = tickMsOf(this.intervalMs);
    this.metrics = options.metrics ?? createHeartbeatMetrics();
    this.#clock = options.clock ?? systemClock;
    this.#loopDelay = options.loopDelay ?? new EventLoopWatch();
    this.#logger = options.logger ?? silent;
    this.#emitter = new Emitter((error) => this.#listenerFailed(error));
    this.#hand = new BeatHand({
      intervalMs: this.intervalMs,
      tickMs: this.tickMs,
      clock: this.#clock,
      begins: (tick, members) => this.#roundBegins(tick, members),
      due: (connection, beat, tick) => this.#write(connection, beat, tick),
    });
    this.#judge = new Judge(this, this.#ledger, this.#judgeEvents());
    this.#owner = this.#ownerOfConnections();
    this.metrics.setSource({ connections: () => this.size, intervals: () => this.#intervals() });
  }

  /** Connections that were added and have not left. */
  get size(): number {
    return this.#hand.size + this.#closing.size;
  }

  /** Begins to beat and to check. Harmless twice. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#loopDelay.start();
    this.#hand.start();
    this.#armCheck(this.#clock.monotonicMs() + checkStepMs(this));
  }

  /** After this no beat is sent and nobody is judged. Sockets stay as they are. */
  stop(): void {
    this.#running = false;
    this.#loopDelay.stop();
    this.#hand.stop();
    this.#checkTimer.clear();
    this.#judge.clear();
  }

  /** Takes a socket into care: its first beat comes with the next tick. */
  add(socket: HeartbeatSocket, { encoding, places = [] }: AddOptions): HeartbeatConnection {
    this.#lastId += 1;
    const pacer = this.#pacerFor(encoding);
    const { intervalMs } = this;
    const parts = { id: this.#lastId, socket, encoding, places, intervalMs, pacer };
    const connection = new HeartbeatConnection(parts, this.#owner);
    this.#hand.join(connection);
    return connection;
  }

  /** Returns the way to stop listening. */
  on<K extends keyof HeartbeatEvents>(name: K, listener: (event: HeartbeatEvents[K]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  // ---- the beat hand ----

  #pacerFor(encoding: HeartbeatEncoding): ConnectionPacer | undefined {
    const { adaptive = "measuring", intervalPolicy: policy = adaptiveIntervalMs } = this.#options;
    const isAdaptive = adaptive === "all" || (adaptive === "measuring" && tellsInterval(encoding));
    const { intervalMs: configuredMs, tickMs } = this;
    if (!isAdaptive || intervalSteps(configuredMs).length === 1) return undefined;
    const judgedTicks = Math.floor((this.answerInMs + this.probeInMs) / tickMs);
    return new ConnectionPacer({ configuredMs, shortestMs: (judgedTicks + 1) * tickMs, tickMs, policy });
  }

  #roundBegins(tick: Tick, members: readonly HeartbeatConnection[]): void {
    this.#logger.debug({ beat: tick.number, connections: members.length }, "beat");
    this.#emitter.emit("beat", { beat: tick.number, ts: tick.ts, connections: members.length });
    this.#judge.follow(members, this.#clock.monotonicMs());
  }

  #write(connection: HeartbeatConnection, beat: Beat, tick: Tick): void {
    if (connection.state !== "alive" && connection.state !== "suspect") return;
    const { socket } = connection;
    if (socket.bufferedAmount > (this.#options.sendBufferBytes ?? LIMITS.sendBufferBytes)) {
      connection.giveUpSlow();
      return;
    }
    connection.noticeBytes();
    const intervalMs = connection.paces(this.#isSlow());
    try {
      socket.beat(beat.frames(connection.encoding, intervalMs));
    } catch (error) {
      this.metrics.errors.inc("beat");
      this.#logger.debug({ connection: connection.id, err: error }, "a beat could not be written");
      return;
    }
    const now = this.#clock.monotonicMs();
    const lateMs = now - tick.dueAt;
    connection.beatLeft(beat.number, now, lateMs);
    this.metrics.heartbeatsSent.inc();
    this.metrics.lateness.observe(lateMs / 1000);
  }

  /** Whether this process was late itself within the last two intervals. */
  #isSlow(): boolean {
    return this.#stalledSince(this.#clock.monotonicMs() - 2 * this.intervalMs);
  }

  /** A stall that no timer of ours has noticed yet shows in the loop's own measure. */
  #stalledSince(at: number): boolean {
    return this.#ledger.longestSince(at) > 0 || this.#loopDelay.longestMs > LONG_STALL_MS;
  }

  // ---- the check hand ----

  #armCheck(dueAt: number): void {
    this.#checkTimer.set(Math.max(0, dueAt - this.#clock.monotonicMs()), () => this.#onCheckTimer(dueAt));
  }

  #onCheckTimer(dueAt: number): void {
    const now = this.#clock.monotonicMs();
    this.#ledger.note(Math.max(now - dueAt, this.#loopDelay.longestMs), now);
    this.#loopDelay.reset();
    this.#judge.check(now);
    this.#endSlow(now);
    this.#armCheck(now + checkStepMs(this));
  }

  #endSlow(now: number): void {
    for (const [connection, dueAt] of this.#closing) {
      if (now < dueAt) return;
      this.#closing.delete(connection);
      connection.socket.terminate();
    }
  }

  #judgeEvents(): JudgeEvents {
    return {
      missed: (connection) => {
        const { id, places } = connection;
        this.metrics.missed.inc();
        this.#logger.warn({ connection: id, places }, "missed a heartbeat");
        this.#emitter.emit("missed", { connection });
      },
      probe: (connection) => this.#probe(connection),
      verdict: (connection) => this.#verdict(connection),
      vetoed: (reason) => this.metrics.vetoed.inc(reason),
    };
  }

  #probe(connection: HeartbeatConnection): void {
    this.#emitter.emit("suspect", { connection });
    try {
      connection.socket.ping(encodePing(this.#hand.lastNumber, true));
      connection.probed();
    } catch {
      this.metrics.errors.inc("ping");
    }
  }

  #verdict(connection: HeartbeatConnection): void {
    const detectionMs = this.#clock.monotonicMs() - connection.lastEvidenceAt;
    connection.becomesDead("network_silent");
    this.metrics.detection.observe(detectionMs / 1000);
    this.#logger.warn({ connection: connection.id, detectionMs: Math.round(detectionMs) }, "heartbeat lost");
    this.#emitter.emit("verdict", { connection, detectionMs });
    connection.socket.terminate();
  }

  // ---- what connections ask ----

  #ownerOfConnections(): ConnectionOwner {
    return {
      tickMs: this.tickMs,
      now: () => this.#clock.monotonicMs(),
      stalledSince: (at) => this.#stalledSince(at),
      answered: (_connection, rttMs) => {
        this.metrics.heartbeatsReceived.inc();
        if (rttMs <= this.answerInMs) this.metrics.heartbeatsOnTime.inc();
        this.metrics.latency.observe(rttMs / 1000);
      },
      recovered: (connection) => this.#emitter.emit("recovered", { connection }),
      paused: (connection) => this.#emitter.emit("paused", { connection }),
      slow: (connection) => this.#giveUpSlow(connection),
      left: (connection, ending) => this.#left(connection, ending),
    };
  }

  /** The close frame waits behind a full buffer, so the end comes by termination a second later at the latest. */
  #giveUpSlow(connection: HeartbeatConnection): void {
    const bufferedBytes = connection.socket.bufferedAmount;
    connection.becomesDead("slow_consumer");
    this.#hand.leave(connection);
    this.#closing.set(connection, this.#clock.monotonicMs() + SLOW_CLOSE_MS);
    this.#logger.warn({ connection: connection.id, bufferedBytes }, "cannot keep up");
    this.#emitter.emit("slow", { connection, bufferedBytes });
    connection.socket.close(CloseCode.slowConsumer, `cannot keep up: ${bufferedBytes} bytes wait to be sent`);
  }

  #left(connection: HeartbeatConnection, ending: Ending): void {
    this.#hand.leave(connection);
    this.#closing.delete(connection);
    const now = this.#clock.monotonicMs();
    const idleMs = connection.idleMs(now);
    const idleTimeoutMs = this.#idleTimeoutOf(connection, ending, now);
    const cause: CauseOfDeath = causeOfDeath(ending, {
      decided: connection.decided,
      isFrozen: connection.isFrozen(now),
      wasStalled: this.#ledger.longestSince(connection.lastEvidenceAt) >= this.answerInMs,
      isIdleTimeout: idleTimeoutMs !== undefined,
    });
    this.metrics.closed.inc(cause);
    this.#logger.debug({ connection: connection.id, code: ending.code, cause, idleTimeoutMs }, "closed");
    const { code } = ending;
    const lastedMs = now - connection.openedAt;
    this.#emitter.emit("closed", { connection, cause, code, lastedMs, idleMs, idleTimeoutMs });
  }

  /** The timeout that this cut confirms, in ms. Only a cut from outside that nobody decided can do that. */
  #idleTimeoutOf(connection: HeartbeatConnection, ending: Ending, now: number): number | undefined {
    const idleMs = connection.idleMs(now);
    const isCut = ending.code === 1006 && ending.transport === "peer" && connection.decided === undefined;
    if (!isCut || idleMs === undefined) return undefined;
    const confirmed = connection.places.map((place) => this.#idleTimeouts.note({ place, idleMs, at: now }));
    return confirmed.find((each) => each !== undefined);
  }

  #intervals(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const { intervalMs } of this.#hand) counts.set(intervalMs, (counts.get(intervalMs) ?? 0) + 1);
    return counts;
  }

  #listenerFailed(error: unknown): void {
    this.metrics.errors.inc("listener");
    this.#logger.error({ err: error }, "a listener threw");
  }
}
