import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import {
  type CauseOfDeath,
  type ClientMessage,
  CloseCode,
  type Dialect,
  decodeClientMessage,
  ErrorCode,
  encodeServerMessage,
  formatMillisecondTimestamp,
  LIMITS,
  type Report,
  type ServerMessage,
  truncateCloseReason,
} from "@lubdub/protocol";
import type { HeartbeatConnection, HeartbeatMetrics } from "@lubdub/server";
import { Timer } from "@lubdub/server";
import type { Logger } from "pino";
import type { WebSocket } from "ws";
import { ChatReader } from "./chat-reader.ts";
import { fromOfSession } from "./from.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Room } from "./room.ts";
import type { Rooms } from "./rooms.ts";
import type { Session, Sessions } from "./sessions.ts";
import type { UpgradeQuery } from "./upgrade-query.ts";
import type { WallClock } from "./wall-clock.ts";

/** What all the members of a gateway share. */
export interface House {
  readonly rooms: Rooms;
  readonly sessions: Sessions<Member>;
  readonly metrics: HeartbeatMetrics;
  readonly logger: Logger;
  readonly wallClock: WallClock;
  readonly node: string;
  readonly intervalMs: number;
  readonly tickMs: number;
  /** The monotonic clock, in ms. */
  now(): number;
  spreadMs(): number;
  /** A client tells how its session's last connection ended. */
  reported(member: Member, report: Report): void;
}

/** What came with the upgrade. */
export interface Arrival {
  readonly ws: WebSocket;
  readonly tcp: Socket;
  readonly heartbeat: HeartbeatConnection;
  readonly query: UpgradeQuery;
  readonly address: string;
}

/** Acks, probes and page states: far more than any honest client sends. */
const CONTROL_LIMIT = { perSecond: 20, burst: 60 };

/** One open connection: who it is, what it may do, and what is said to it. */
export class Member {
  readonly heartbeat: HeartbeatConnection;
  readonly address: string;
  readonly openedAt = Date.now();
  readonly from: string;
  readonly #house: House;
  readonly #ws: WebSocket;
  readonly #tcp: Socket;
  readonly #query: UpgradeQuery;
  readonly #sessionId: string;
  readonly #limits: { readonly chat: RateLimit; readonly control: RateLimit };
  readonly #standbyTimer = new Timer();
  #place: { readonly session: Session<Member>; readonly room: Room; readonly reader: ChatReader } | undefined;
  #isDraining = false;

  constructor(house: House, arrival: Arrival) {
    this.#house = house;
    this.#ws = arrival.ws;
    this.#tcp = arrival.tcp;
    this.heartbeat = arrival.heartbeat;
    this.address = arrival.address;
    this.#query = arrival.query;
    this.#sessionId = arrival.query.session?.toLowerCase() ?? randomUUID();
    this.from = fromOfSession(this.#sessionId);
    const now = house.now();
    this.#limits = { chat: new RateLimit(LIMITS, now), control: new RateLimit(CONTROL_LIMIT, now) };
  }

  /** A secret: whoever holds it may resume the session. */
  get sessionId(): string {
    return this.#sessionId;
  }

  get room(): string {
    return this.#query.room;
  }

  /** The subprotocol in force, or `plain`. */
  get protocol(): string {
    return this.#ws.protocol === "" ? "plain" : this.#ws.protocol;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  get #dialect(): Dialect {
    return this.#ws.protocol === "" ? "plain" : "v1";
  }

  /** Welcomes the client and lets it into its room; a standby connection waits outside for its claim. */
  open(): void {
    const { standby } = this.#query;
    if (this.#dialect === "v1") this.#welcome(standby);
    if (!standby) this.#settle(this.#query.since);
    else {
      this.#standbyTimer.set(LIMITS.standbyMs, () =>
        this.close(CloseCode.normal, "the standby connection was not claimed", "closed_by_server"),
      );
    }
  }

  /** A text or binary frame came in. */
  receive(data: Buffer, isBinary: boolean): void {
    this.heartbeat.activity();
    this.#house.metrics.messagesReceived.inc();
    if (isBinary) {
      this.close(CloseCode.unsupportedData, "binary frames are not taken here: send text", "policy");
      return;
    }
    const decoded = decodeClientMessage(data.toString("utf8"), this.#dialect);
    const isControl = decoded.ok && !["chat", "text"].includes(decoded.message.type);
    const id = decoded.ok ? idOf(decoded.message) : decoded.id;
    if (!this.#mayPass(isControl ? "control" : "chat", id)) return;
    if (decoded.ok) this.#handle(decoded.message);
    else this.#refuse(decoded.code, decoded.problem, id);
  }

  send(text: string): void {
    try {
      this.heartbeat.socket.send(text);
    } catch {
      this.#house.metrics.errors.inc("send");
      return;
    }
    this.heartbeat.wrote();
    this.#house.metrics.messagesSent.inc();
    if (this.#ws.bufferedAmount > LIMITS.sendBufferBytes) this.heartbeat.giveUpSlow();
  }

  /** Starts the closing handshake; the first cause given stays. */
  close(code: CloseCode, reason: string, cause: CauseOfDeath): void {
    this.heartbeat.endsBy(cause);
    this.#ws.close(code, truncateCloseReason(reason));
  }

  terminate(): void {
    this.#ws.terminate();
  }

  /** A measuring client is told at once when it will be closed, so that it can leave before. */
  drainBegins(closesInMs: number): void {
    this.#isDraining = true;
    if (this.#dialect === "v1") this.#bye("draining", this.#comeBackAfterMs(closesInMs), closesInMs);
  }

  /** Its slot has come. */
  drainEnds(): void {
    if (this.#dialect === "plain") this.#bye("draining", this.#comeBackAfterMs(0));
    this.close(CloseCode.restarting, "the server is draining", "drained");
  }

  /** The page behind it has stopped, or runs again: its chat waits in the room meanwhile. */
  pageChanged(): void {
    const reader = this.#place?.reader;
    if (this.heartbeat.isPageStopped) reader?.hold();
    else reader?.release();
  }

  /** The socket has closed: leaves room and session. */
  ended(): void {
    this.#standbyTimer.clear();
    if (this.#place === undefined) return;
    this.#place.reader.stop();
    this.#house.sessions.leave(this.#place.session, this);
  }

  // ---- what a client says ----

  #handle(message: ClientMessage): void {
    const receivedAt = this.#house.wallClock.now();
    switch (message.type) {
      case "ping":
        this.send("pong");
        return;
      case "text":
        this.#chat(randomUUID(), message.text);
        return;
      case "chat":
        this.#chat(message.id, message.text);
        return;
      case "ack":
        this.heartbeat.acked(message.beat);
        this.#clock(message.t0, receivedAt);
        return;
      case "probe":
        this.#clock(message.t0, receivedAt);
        return;
      case "page":
        this.heartbeat.page(message.state);
        return;
      case "claim":
        this.#claim(message.since);
        return;
      case "report":
        this.#house.reported(this, message);
        return;
      default:
        message satisfies never;
    }
  }

  #chat(id: string, text: string): void {
    if (this.#place === undefined) {
      this.#refuse(ErrorCode.badMessage, "a standby connection has no chat before its claim", id);
      return;
    }
    const { session, room } = this.#place;
    const known = session.offsetOf(id);
    if (known !== undefined) {
      this.#say({ type: "duplicate", id, offset: known });
      return;
    }
    const at = formatMillisecondTimestamp(Date.now());
    const { from } = this;
    const offset = this.#house.rooms.publish(room, (each) =>
      encodeServerMessage({ type: "chat", id, from, text, at, offset: each }),
    );
    session.remember(id, offset);
  }

  #clock(t0: number, t1: number): void {
    this.#say({ type: "clock", t0, t1, t2: this.#house.wallClock.now() });
  }

  #claim(since: string | undefined): void {
    if (this.#place !== undefined) {
      this.#refuse(ErrorCode.badMessage, "only a standby connection can claim its session");
      return;
    }
    this.#standbyTimer.clear();
    this.#settle(since ?? this.#query.since);
  }

  #mayPass(kind: "chat" | "control", id: string | undefined): boolean {
    const verdict = this.#limits[kind].judge(this.#house.now());
    if (verdict === "pass") return true;
    const { perSecond, burst } = kind === "chat" ? LIMITS : CONTROL_LIMIT;
    const sentence = `at most ${perSecond} messages a second and ${burst} at once are taken`;
    if (verdict === "close") this.close(CloseCode.policy, `too fast for 10 s: ${sentence}`, "policy");
    else this.#refuse(ErrorCode.tooFast, sentence, id);
    return false;
  }

  // ---- what is said to it ----

  #say(message: ServerMessage): void {
    this.send(encodeServerMessage(message));
  }

  #refuse(code: ErrorCode, message: string, id?: string): void {
    this.#say({ type: "error", code, message, ...(id === undefined ? {} : { id }) });
  }

  #welcome(standby: boolean): void {
    const { sessions, node, intervalMs, tickMs, spreadMs } = this.#house;
    this.#say({
      type: "welcome",
      session: this.#sessionId,
      from: this.from,
      resumed: sessions.has(this.#sessionId),
      standby,
      node,
      intervalMs,
      tickMs,
      reconnectSpreadMs: spreadMs(),
      limits: { perSecond: LIMITS.perSecond, burst: LIMITS.burst, maxText: LIMITS.maxTextBytes },
    });
  }

  /** The spread of reconnects has changed. */
  spreadChanged(reconnectSpreadMs: number): void {
    if (this.#dialect === "v1") this.#say({ type: "spread", reconnectSpreadMs });
  }

  #bye(reason: string, reconnectAfterMs: number, closesInMs?: number): void {
    const closes = closesInMs === undefined ? {} : { closesInMs: Math.round(closesInMs) };
    this.#say({ type: "bye", reason, reconnectAfterMs: Math.round(reconnectAfterMs), ...closes });
  }

  #comeBackAfterMs(closesInMs: number): number {
    return closesInMs + Math.random() * this.#house.spreadMs();
  }

  /** Becomes the session's connection, in its room. An older connection of the session goes. */
  #settle(since: string | undefined): void {
    const { rooms, sessions, now } = this.#house;
    const room = rooms.enter(this.#query.room);
    if (room === undefined) {
      this.close(CloseCode.full, "too many rooms are in use: try again later", "closed_by_server");
      return;
    }
    const { session } = sessions.enter(this.#sessionId);
    session.attach(this)?.giveWay();
    const done = (outcome: { count: number; upTo: string | null; gap: boolean }): void => {
      if (this.#dialect === "v1") this.#say({ type: "replayed", ...outcome });
    };
    const sink = {
      send: (text: string) => this.send(text),
      onceDrained: (callback: () => void) => this.#tcp.once("drain", callback),
      ...bufferedBytesOf(this.#ws),
    };
    this.#place = { session, room, reader: new ChatReader(room, sink, { since, now, done }) };
  }

  /** A newer connection of the session took over. */
  giveWay(): void {
    if (this.#dialect === "v1") this.#bye("replaced", 0);
    this.close(CloseCode.replaced, "the session was taken over by a newer connection", "replaced");
  }
}

function idOf(message: ClientMessage): string | undefined {
  return message.type === "chat" ? message.id : undefined;
}

function bufferedBytesOf(ws: WebSocket): { readonly bufferedBytes: number } {
  return {
    get bufferedBytes() {
      return ws.bufferedAmount;
    },
  };
}
