import type { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  CloseCode,
  chooseSubprotocol,
  closeCodeSentence,
  HEALTHS,
  type Health,
  LIMITS,
  type Report,
  Subprotocol,
  truncateCloseReason,
} from "@lubdub/protocol";
import {
  addressPrefix,
  type HeartbeatEncoding,
  type HeartbeatEngine,
  type HeartbeatEvents,
  type HeartbeatMetrics,
  type StoryEvent,
  Timer,
} from "@lubdub/server";
import { watch } from "@lubdub/server/ws";
import type { Logger } from "pino";
import { WebSocket, WebSocketServer } from "ws";
import { type ClosedConnection, ClosedConnections } from "./closed-connections.ts";
import type { ServiceConfig } from "./config.ts";
import { type ConnectionRow, healthOf, rowOf } from "./connection-row.ts";
import { drainSlots, reconnectSpreadMs } from "./drain-slots.ts";
import { type House, Member } from "./member.ts";
import { REFUSAL_CODE, type Refusal, refuseOverHttp } from "./refusal.ts";
import { Rooms } from "./rooms.ts";
import { Sessions } from "./sessions.ts";
import { readUpgradeQuery, type UpgradeQuery } from "./upgrade-query.ts";
import { WallClock } from "./wall-clock.ts";

/** The state of this node in numbers. */
export interface GatewaySummary {
  readonly connections: number;
  readonly health: Readonly<Record<Health, number>>;
  readonly sessions: number;
  readonly rooms: number;
  readonly draining: boolean;
}

/** The part of the service that holds the WebSocket connections. */
export interface Gateway {
  /** Judges an upgrade of `/ws` and accepts or refuses it. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** The open connections. */
  connections(): readonly ConnectionRow[];
  /** The last 1,000 that ended. */
  closedConnections(): readonly ConnectionRow[];
  /** One connection, open or among those, with the last events of its life; undefined for any other. */
  connection(id: number): ClosedConnection | undefined;
  summary(): GatewaySummary;
  /** Takes nobody in any more and sends everybody away within this time, in ms. Resolves when all have gone. */
  drain(drainMs: number): Promise<void>;
  /** Ends what is left, at once. */
  terminateAll(): void;
}

export interface GatewayParts {
  readonly config: ServiceConfig;
  readonly engine: HeartbeatEngine;
  readonly metrics: HeartbeatMetrics;
  readonly logger: Logger;
  clientAddress(request: IncomingMessage): string;
  originAllowed(request: IncomingMessage): boolean;
}

/** How long a peer may take to answer a close frame, in ms. */
const CLOSE_TIMEOUT_MS = 2_000;
const SWEEP_EVERY_MS = 5_000;
const SPREAD_EVERY_MS = 60_000;
/** Clients are told of a new spread when it differs by more than this share. */
const SPREAD_TOLD_ABOVE = 0.2;
const FULL_RETRY_SECONDS = 30;

const ENCODING: Readonly<Record<Subprotocol, HeartbeatEncoding>> = {
  [Subprotocol.v1]: "json",
  [Subprotocol.binary]: "binary",
  [Subprotocol.gzip]: "gzip",
};

/** `ws` closes with a bare code when it finds a frame against the rules; this says the reason in a sentence. */
class SpeakingWebSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason ?? (code === undefined ? undefined : sentenceFor(code)));
  }
}

/** Where idle timeouts are told apart: the client's neighbourhood, and the proxy that it came through. */
function placesOf(address: string, { remoteAddress }: Socket): string[] {
  const prefix = addressPrefix(address);
  if (remoteAddress === undefined || addressPrefix(remoteAddress) === prefix) return [prefix];
  return [prefix, `by ${remoteAddress}`];
}

function sentenceFor(code: number): string {
  const limit = code === CloseCode.tooLarge ? `: at most ${LIMITS.maxFrameBytes} bytes are taken` : "";
  return `${closeCodeSentence(code)}${limit}`;
}

export function createGateway(parts: GatewayParts): Gateway {
  return new WebSocketGateway(parts);
}

class WebSocketGateway implements Gateway {
  readonly #parts: GatewayParts;
  readonly #house: House;
  readonly #members = new Map<number, Member>();
  readonly #closed = new ClosedConnections();
  /** What to do with a report that came before the end it tells of. */
  readonly #early = new Map<Member, () => void>();
  readonly #perAddress = new Map<string, number>();
  readonly #server: WebSocketServer;
  readonly #sweepTimer: NodeJS.Timeout;
  readonly #spreadTimer: NodeJS.Timeout;
  readonly #slotTimer = new Timer();
  #spreadMs: number;
  #drained: Promise<void> | undefined;
  #whenEmpty: (() => void) | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#spreadMs = reconnectSpreadMs(0, parts.config.acceptRate);
    this.#house = this.#houseOf(parts);
    // A name of its own, because the library's published types do not know `closeTimeout` yet.
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: LIMITS.maxFrameBytes,
      closeTimeout: CLOSE_TIMEOUT_MS,
      WebSocket: SpeakingWebSocket,
      handleProtocols: (offered: Set<string>) => chooseSubprotocol(offered) ?? (false as const),
    };
    this.#server = new WebSocketServer(options);
    this.#sweepTimer = setInterval(() => this.#sweep(), SWEEP_EVERY_MS).unref();
    this.#spreadTimer = setInterval(() => this.#renewSpread(), SPREAD_EVERY_MS).unref();
    this.#listenToEngine(parts.engine);
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const onError = (): void => this.#parts.metrics.errors.inc("upgrade");
    socket.on("error", onError);
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    const speaksV1 = chooseSubprotocol(offered) !== undefined;
    const address = this.#parts.clientAddress(request);
    const judged = this.#judge(request, address, speaksV1);
    if ("sentence" in judged && !speaksV1) {
      this.#logRefusal(judged, address);
      refuseOverHttp(socket, judged);
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      socket.off("error", onError);
      if ("sentence" in judged) {
        this.#logRefusal(judged, address);
        ws.on("error", onError);
        ws.close(REFUSAL_CODE[judged.kind], truncateCloseReason(judged.sentence));
      } else if (socket instanceof Socket) this.#welcome(ws, socket, judged, address);
    });
  }

  connections(): readonly ConnectionRow[] {
    const now = this.#house.now();
    return Array.from(this.#members.values(), (member) => rowOf(member, now));
  }

  closedConnections(): readonly ConnectionRow[] {
    return this.#closed.rows();
  }

  connection(id: number): ClosedConnection | undefined {
    const member = this.#members.get(id);
    if (member === undefined) return this.#closed.get(id);
    return { row: rowOf(member, this.#house.now()), story: this.#storyOf(member) };
  }

  summary(): GatewaySummary {
    const health = Object.fromEntries(HEALTHS.map((each) => [each, 0])) as Record<Health, number>;
    for (const member of this.#members.values()) health[healthOf(member.heartbeat.snapshot())] += 1;
    return {
      connections: this.#members.size,
      health,
      sessions: this.#house.sessions.size,
      rooms: this.#house.rooms.size,
      draining: this.#drained !== undefined,
    };
  }

  drain(drainMs: number): Promise<void> {
    this.#drained ??= this.#drain(drainMs);
    return this.#drained;
  }

  terminateAll(): void {
    this.#slotTimer.clear();
    clearInterval(this.#sweepTimer);
    clearInterval(this.#spreadTimer);
    for (const member of this.#members.values()) {
      member.heartbeat.endsBy(this.#drained === undefined ? "closed_by_server" : "drained");
      member.terminate();
    }
  }

  // ---- arriving ----

  #judge(request: IncomingMessage, address: string, speaksV1: boolean): UpgradeQuery | Refusal {
    const { config } = this.#parts;
    if (!this.#parts.originAllowed(request)) {
      return { kind: "origin", sentence: "this origin may not connect here: allow it with --allow-origin" };
    }
    if (this.#drained !== undefined) {
      const retryAfterSeconds = Math.ceil(this.#spreadMs / 1_000);
      return { kind: "draining", sentence: "draining: this server is going away", retryAfterSeconds };
    }
    const result = readUpgradeQuery(new URL(request.url ?? "/", "ws://localhost").searchParams, speaksV1);
    if (!result.ok) return { kind: "query", sentence: result.problem };
    const retryAfterSeconds = FULL_RETRY_SECONDS;
    if (this.#members.size >= config.maxConnections) {
      return {
        kind: "full",
        sentence: `full: ${config.maxConnections} connections are open`,
        retryAfterSeconds,
      };
    }
    if ((this.#perAddress.get(address) ?? 0) >= config.maxPerAddress) {
      const sentence = `full: ${config.maxPerAddress} connections are open from your address`;
      return { kind: "full", sentence, retryAfterSeconds };
    }
    return result.query;
  }

  #logRefusal(refusal: Refusal, address: string): void {
    this.#parts.logger.info(
      { address, reason: refusal.kind, sentence: refusal.sentence },
      "refused a connection",
    );
  }

  #welcome(ws: WebSocket, tcp: Socket, query: UpgradeQuery, address: string): void {
    const { engine, metrics, logger } = this.#parts;
    const chosen = chooseSubprotocol([ws.protocol]);
    const encoding = chosen === undefined ? "plain" : ENCODING[chosen];
    const heartbeat = watch(engine, ws, tcp, { encoding, places: placesOf(address, tcp) });
    const member = new Member(this.#house, { ws, tcp, heartbeat, query, address });
    this.#members.set(heartbeat.id, member);
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
    metrics.opened.inc();
    ws.on("error", (error) => {
      metrics.errors.inc("receive");
      logger.debug({ connection: heartbeat.id, err: error }, "a connection failed");
      if ("code" in error && String(error.code).startsWith("WS_ERR")) heartbeat.endsBy("policy");
    });
    ws.on("message", (data, isBinary) => this.#receive(member, data as Buffer, isBinary));
    logger.info(
      { connection: heartbeat.id, from: member.from, address, protocol: member.protocol },
      "opened",
    );
    member.open();
  }

  #receive(member: Member, data: Buffer, isBinary: boolean): void {
    try {
      member.receive(data, isBinary);
    } catch (error) {
      this.#parts.metrics.errors.inc("chat");
      this.#parts.logger.error({ connection: member.heartbeat.id, err: error }, "a message failed");
      member.close(
        CloseCode.serverFault,
        "the server failed on this message; its log says why",
        "closed_by_server",
      );
    }
  }

  #leave(member: Member, { cause, code, idleTimeoutMs }: HeartbeatEvents["closed"]): void {
    const { heartbeat, address, from } = member;
    this.#members.delete(heartbeat.id);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, left);
    member.ended();
    const end = {
      cause,
      code,
      idleTimeoutMs: idleTimeoutMs === undefined ? null : Math.round(idleTimeoutMs),
    };
    const closedAt = new Date().toISOString();
    const row = { ...rowOf(member, this.#house.now()), state: "closed" as const, closedAt, ...end };
    this.#closed.add(member.sessionId, { row, story: this.#storyOf(member) });
    if (end.idleTimeoutMs !== null) this.#closed.explain(address, end.idleTimeoutMs);
    this.#parts.logger.info({ connection: heartbeat.id, from, address, ...end }, "closed");
    this.#early.get(member)?.();
    this.#early.delete(member);
    if (this.#members.size === 0) this.#whenEmpty?.();
  }

  /** A returning client says how its last connection ended; that one may still be waiting for its end here. */
  #reported(member: Member, report: Report): void {
    const receivedAt = this.#house.wallClock.now();
    const before = Array.from(this.#members.values()).find(
      (each) => each !== member && each.sessionId === member.sessionId,
    );
    if (before === undefined) this.#refine(member, report, receivedAt);
    else this.#early.set(before, () => this.#refine(member, report, receivedAt));
  }

  /** The client's half of the story may hold more than this side could know. */
  #refine({ sessionId, from, heartbeat }: Member, report: Report, receivedAt: number): void {
    const { metrics, logger } = this.#parts;
    const refined = this.#closed.report(sessionId, report, receivedAt);
    if (refined === undefined) {
      const wasLost = report.events.some(({ kind, detail }) => kind === "closed" && detail === "1006");
      if (!wasLost) return;
      metrics.refined.inc("server_lost");
      logger.info({ connection: heartbeat.id, from, cause: "server_lost" }, "came back from another server");
      return;
    }
    if (refined.isFalseDeath) metrics.falseDeaths.inc();
    if (refined.cause !== refined.before) metrics.refined.inc(refined.cause);
    else if (!refined.isFalseDeath) return;
    logger.info({ from, ...refined }, "told how its last connection ended");
  }

  /** The last events of a connection's life; moments in ms since the epoch. */
  #storyOf({ heartbeat }: Member): StoryEvent[] {
    const epochMs = Date.now() - this.#house.now();
    return heartbeat.story().map(({ kind, at }) => ({ kind, at: Math.round((epochMs + at) * 10) / 10 }));
  }

  // ---- leaving ----

  async #drain(drainMs: number): Promise<void> {
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      if (this.#members.size === 0) resolve();
    });
    const slots = drainSlots(this.#members.size, this.#parts.config.acceptRate, drainMs);
    const leaving = Array.from(this.#members.values(), (member, i) => ({ member, atMs: slots[i] ?? 0 }));
    leaving.sort((a, b) => a.atMs - b.atMs);
    for (const { member, atMs } of leaving) member.drainBegins(atMs);
    this.#sendAway(leaving, this.#house.now());
    await empty;
  }

  #sendAway(leaving: readonly { readonly member: Member; readonly atMs: number }[], startedAt: number): void {
    const elapsedMs = this.#house.now() - startedAt;
    const next = leaving.findIndex(({ atMs }) => atMs > elapsedMs);
    const due = next < 0 ? leaving : leaving.slice(0, next);
    for (const { member } of due) member.drainEnds();
    const rest = leaving.slice(due.length);
    const [soonest] = rest;
    if (soonest === undefined) return;
    this.#slotTimer.set(Math.max(1, soonest.atMs - elapsedMs), () => this.#sendAway(rest, startedAt));
  }

  // ---- housekeeping ----

  #sweep(): void {
    this.#house.sessions.sweep();
    this.#house.rooms.sweep();
  }

  #renewSpread(): void {
    const spreadMs = reconnectSpreadMs(this.#members.size, this.#parts.config.acceptRate);
    if (Math.abs(spreadMs - this.#spreadMs) <= SPREAD_TOLD_ABOVE * this.#spreadMs) return;
    this.#spreadMs = spreadMs;
    for (const member of this.#members.values()) member.spreadChanged(spreadMs);
  }

  #listenToEngine(engine: HeartbeatEngine): void {
    engine.on("paused", ({ connection }) => this.#members.get(connection.id)?.pageChanged());
    engine.on("closed", (event) => {
      const member = this.#members.get(event.connection.id);
      if (member !== undefined) this.#leave(member, event);
    });
  }

  #houseOf({ config, engine, metrics, logger }: GatewayParts): House {
    const now = (): number => performance.now();
    return {
      rooms: new Rooms({ ...config, now, wallNow: Date.now }),
      sessions: new Sessions({ ...config, now }),
      metrics,
      logger,
      wallClock: new WallClock(),
      node: config.node,
      intervalMs: engine.intervalMs,
      tickMs: engine.tickMs,
      now,
      spreadMs: () => this.#spreadMs,
      reported: (member, report) => this.#reported(member, report),
    };
  }
}
