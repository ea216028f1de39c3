import { CloseCode, encodePing, LIMITS } from "@lubdub/protocol";
import { Beat } from "./beat.ts";
import { type Clock, systemClock } from "./clock.ts";
import { checkStepMs, defaultAnswerInMs, impossibilities, tickMsOf } from "./configuration.ts";
import { Emitter } from "./emitter.ts";
import { type ConnectionOwner, HeartbeatConnection } from "./heartbeat-connection.ts";
import type { HeartbeatEncoding, HeartbeatSocket } from "./heartbeat-socket.ts";
import { Judge, type JudgeEvents } from "./judge.ts";
import type { LivenessTimes } from "./liveness.ts";
import { createHeartbeatMetrics, type HeartbeatMetrics } from "./metrics.ts";
import { SliceRunner } from "./slice-runner.ts";
import { StallLedger } from "./stall-ledger.ts";
import { type Moment, type Tick, TickSchedule } from "./tick-schedule.ts";
import { Timer } from "./timer.ts";
import { HeartbeatWheel } from "./wheel.ts";

/** What the engine writes its log to; pino fits. */
export interface HeartbeatLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface HeartbeatEngineOptions {
  /**
   * Time between two beats of a connection, in milliseconds: from 200 ms to 5 min, in tenths of a second.
   * @default 30_000
   */
  readonly intervalMs?: number;
  /**
   * How long a beat may stay unanswered before it is missed, in milliseconds.
   * @default min(5 s, intervalMs / 6)
   */
  readonly answerInMs?: number;
  /**
   * How long the probe after a missed beat may stay unanswered, in milliseconds.
   * @default min(5 s, intervalMs / 6)
   */
  readonly probeInMs?: number;
  /**
   * A connection whose send buffer passes this many bytes is closed with 4008.
   * @default 1_048_576
   */
  readonly sendBufferBytes?: number;
  /** Where it counts. Default: metrics in a registry of their own. */
  readonly metrics?: HeartbeatMetrics;
  /** Where it logs: each beat at debug, missed beats and verdicts at warn. Default: nowhere. */
  readonly logger?: HeartbeatLogger;
  /** Where it reads time. Default: `performance.now()` and `Date.now()`. */
  readonly clock?: Clock;
}

/** What the engine tells. Moments on the monotonic clock, durations in ms. */
export interface HeartbeatEvents {
  /** A round of beats begins. */
  beat: { readonly beat: number; readonly ts: number; readonly connections: number };
  /** A beat had no sign of life in time. */
  missed: { readonly connection: HeartbeatConnection };
  /** The connection is asked once more. */
  suspect: { readonly connection: HeartbeatConnection };
  /** A suspect showed a sign of life. */
  recovered: { readonly connection: HeartbeatConnection };
  /** The connection is dead and was terminated; `detectionMs` counts from its last byte. */
  verdict: { readonly connection: HeartbeatConnection; readonly detectionMs: number };
  /** The connection could not keep up and is being closed with 4008. */
  slow: { readonly connection: HeartbeatConnection; readonly bufferedBytes: number };
}

/** A connection that cannot keep up gets this long for its closing handshake, in ms. */
const SLOW_CLOSE_MS = 1_000;

const silent: HeartbeatLogger = { debug: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Beats every connection on whole wall-clock seconds, looks who answers, and ends those that are dead. One timer for
 * the beats and one for the checks, whatever the number of connections.
 */
export class HeartbeatEngine {
  readonly intervalMs: number;
  readonly answerInMs: number;
  readonly probeInMs: number;
  readonly tickMs: number;
  readonly metrics: HeartbeatMetrics;
  readonly #sendBufferBytes: number;
  readonly #clock: Clock;
  readonly #logger: HeartbeatLogger;
  readonly #emitter: Emitter<HeartbeatEvents>;
  readonly #wheel: HeartbeatWheel<HeartbeatConnection>;
  readonly #schedule: TickSchedule;
  readonly #ledger = new StallLedger();
  readonly #judge: Judge;
  readonly #owner: ConnectionOwner;
  readonly #beatTimer = new Timer();
  readonly #checkTimer = new Timer();
  readonly #slices: SliceRunner;
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
    this.tickMs = tickMsOf(this.intervalMs);
    this.metrics = options.metrics ?? createHeartbeatMetrics();
    this.#sendBufferBytes = options.sendBufferBytes ?? LIMITS.sendBufferBytes;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silent;
    this.#emitter = new Emitter((error) => this.#listenerFailed(error));
    this.#wheel = new HeartbeatWheel(this.intervalMs / this.tickMs);
    this.#schedule = new TickSchedule(this.tickMs, this.#now());
    this.#slices = new SliceRunner(this.#clock);
    this.#judge = new Judge(this as LivenessTimes, this.#ledger, this.#judgeEvents());
    this.#owner = this.#ownerOfConnections();
    this.metrics.setActiveSource(() => this.size);
  }

  /** Connections that were added and have not left. */
  get size(): number {
    return this.#wheel.size + this.#closing.size;
  }

  /** Begins to beat and to check. Harmless twice. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#schedule.restart(this.#now());
    this.#armBeat();
    this.#armCheck(this.#clock.monotonicMs() + checkStepMs(this));
  }

  /** After this no beat is sent and nobody is judged. Sockets stay as they are. */
  stop(): void {
    this.#running = false;
    this.#beatTimer.clear();
    this.#checkTimer.clear();
    this.#slices.clear();
    this.#judge.clear();
  }

  /** Takes a socket into care: its first beat comes with the next tick. */
  add(socket: HeartbeatSocket, options: { readonly encoding: HeartbeatEncoding }): HeartbeatConnection {
    this.#lastId += 1;
    const connection = new HeartbeatConnection(this.#lastId, socket, options.encoding, this.#owner);
    this.#wheel.join(connection, this.#schedule.nextNumber);
    return connection;
  }

  /** Returns the way to stop listening. */
  on<K extends keyof HeartbeatEvents>(name: K, listener: (event: HeartbeatEvents[K]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  #now(): Moment {
    return { monotonicMs: this.#clock.monotonicMs(), wallMs: this.#clock.wallMs() };
  }

  // ---- the beat hand ----

  #armBeat(): void {
    const delayMs = Math.max(0, this.#schedule.nextAt - this.#clock.monotonicMs());
    this.#beatTimer.set(Math.ceil(delayMs), () => this.#onBeatTimer());
  }

  #onBeatTimer(): void {
    const ticks = this.#schedule.take(this.#now(), this.intervalMs / this.tickMs);
    for (const tick of ticks) this.#beat(tick);
    this.#armBeat();
  }

  #beat(tick: Tick): void {
    const members = this.#wheel.dueAt(tick.number);
    if (members.length === 0) return;
    const beat = new Beat(tick.number, tick.ts, this.intervalMs);
    this.#logger.debug({ beat: tick.number, connections: members.length }, "beat");
    this.#emitter.emit("beat", { beat: tick.number, ts: tick.ts, connections: members.length });
    this.#judge.follow(members, this.#clock.monotonicMs());
    this.#slices.run(
      members,
      () => this.#sliceBegins(beat, tick),
      (member) => this.#write(beat, tick, member),
    );
  }

  #sliceBegins(beat: Beat, tick: Tick): void {
    beat.leavesLateBy(this.#clock.monotonicMs() - tick.dueAt);
  }

  #write(beat: Beat, tick: Tick, connection: HeartbeatConnection): void {
    if (connection.state !== "alive" && connection.state !== "suspect") return;
    if (connection.socket.bufferedAmount > this.#sendBufferBytes) {
      connection.giveUpSlow();
      return;
    }
    try {
      connection.socket.beat(beat.frames(connection.encoding));
    } catch (error) {
      this.metrics.errors.inc("beat");
      this.#logger.debug({ connection: connection.id, err: error }, "a beat could not be written");
      return;
    }
    const now = this.#clock.monotonicMs();
    connection.beatLeaves(beat.number, now);
    this.metrics.heartbeatsSent.inc();
    this.metrics.lateness.observe((now - tick.dueAt) / 1000);
  }

  // ---- the check hand ----

  #armCheck(dueAt: number): void {
    this.#checkTimer.set(Math.max(0, dueAt - this.#clock.monotonicMs()), () => this.#onCheckTimer(dueAt));
  }

  #onCheckTimer(dueAt: number): void {
    const now = this.#clock.monotonicMs();
    this.#ledger.note(now - dueAt);
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
        this.metrics.missed.inc();
        this.#logger.warn(
          { connection: connection.id, missed: connection.snapshot().missedInRow },
          "missed a heartbeat",
        );
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
      connection.socket.ping(encodePing(this.#schedule.nextNumber - 1, true));
    } catch {
      this.metrics.errors.inc("ping");
    }
  }

  #verdict(connection: HeartbeatConnection): void {
    const detectionMs = this.#clock.monotonicMs() - connection.lastEvidenceAt;
    connection.becomesDead();
    this.metrics.detection.observe(detectionMs / 1000);
    this.#logger.warn({ connection: connection.id, detectionMs: Math.round(detectionMs) }, "heartbeat lost");
    this.#emitter.emit("verdict", { connection, detectionMs });
    connection.socket.terminate();
  }

  // ---- what connections ask ----

  #ownerOfConnections(): ConnectionOwner {
    return {
      intervalMs: this.intervalMs,
      tickMs: this.tickMs,
      now: () => this.#clock.monotonicMs(),
      answered: (_connection, rttMs) => {
        this.metrics.heartbeatsReceived.inc();
        this.metrics.latency.observe(rttMs / 1000);
      },
      recovered: (connection) => this.#emitter.emit("recovered", { connection }),
      slow: (connection) => this.#giveUpSlow(connection),
      left: (connection) => {
        this.#wheel.leave(connection);
        this.#closing.delete(connection);
      },
    };
  }

  /** The close frame waits behind a full buffer, so the end comes by termination a second later at the latest. */
  #giveUpSlow(connection: HeartbeatConnection): void {
    const bufferedBytes = connection.socket.bufferedAmount;
    connection.becomesDead();
    this.#wheel.leave(connection);
    this.#closing.set(connection, this.#clock.monotonicMs() + SLOW_CLOSE_MS);
    this.#logger.warn({ connection: connection.id, bufferedBytes }, "cannot keep up");
    this.#emitter.emit("slow", { connection, bufferedBytes });
    connection.socket.close(CloseCode.slowConsumer, `cannot keep up: ${bufferedBytes} bytes wait to be sent`);
  }

  #listenerFailed(error: unknown): void {
    this.metrics.errors.inc("listener");
    this.#logger.error({ err: error }, "a listener threw");
  }
}
