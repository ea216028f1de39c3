import {
  closeCodeSentence,
  type ErrorMessage,
  type Health,
  type Heartbeat,
  LIMITS,
  type ServerMessage,
  utf8Length,
  type Welcome,
} from "@lubdub/protocol";
import { BeatLedger } from "./beat-ledger.ts";
import { ChatLedger } from "./chat-ledger.ts";
import { type ClientClock, systemClock } from "./clock.ts";
import { ClockSync } from "./clock-sync.ts";
import { type ConnectOptions, DEFAULTS } from "./connect-options.ts";
import { type ConnectionState, INITIAL_STATE, transition } from "./connection-state.ts";
import { Emitter } from "./emitter.ts";
import { latencyOf } from "./latency.ts";
import { type Arrival, Link } from "./link.ts";
import { Pacer } from "./pacer.ts";
import { isOffline, isPageHidden, type PageEvent, pageState, watchPage } from "./page-lifecycle.ts";
import { plainServers } from "./plain-servers.ts";
import { randomId } from "./random-id.ts";
import { Redial } from "./redial.ts";
import { SessionMemory } from "./session-memory.ts";
import type { ConnectionEvents, ConnectionSnapshot } from "./snapshot.ts";
import { Timer } from "./timer.ts";
import { Watchdog } from "./watchdog.ts";
import { platformWebSocket } from "./web-socket.ts";

/** What `send` says. A message that was taken is delivered as soon as the server can be reached. */
export type SendResult =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly problem: string };

/** One session's connection to a server, over as many sockets as it takes. */
export interface Connection {
  /** Returns the way to stop. The listener is called at most once for what happens together. */
  subscribe(listener: () => void): () => void;
  getSnapshot(): ConnectionSnapshot;
  /** Returns the way to stop. */
  on<K extends keyof ConnectionEvents>(name: K, listener: (event: ConnectionEvents[K]) => void): () => void;
  /** Sends a chat text, now or when the server can be reached again. */
  send(text: string): SendResult;
  /** Ends the present wait for the next attempt. */
  retryNow(): void;
  /** Drops the socket and dials anew at once. */
  reconnect(): void;
  /** Ends the connection for good. Harmless twice. */
  close(): void;
}

/** A loss is shown as an error after this long, in ms. */
const LOSS_SHOWN_AFTER_MS = 3_000;
/** Exchanges of clocks right after the opening, evenly over two seconds. */
const FIRST_EXCHANGES = 5;
const FIRST_EXCHANGES_EVERY_MS = 400;
/**
 * What happens together is told together, about a frame later, in ms: beats of other connections that have arrived, and
 * the answer to a clock exchange, are read and timed before anything renders.
 */
const NOTIFY_AFTER_MS = 16;
/** What the server did not take in time is offered again after this long, in ms. */
const RESEND_AFTER_MS = 1_000;

/** Opens a connection; it begins to dial at once. Throws a TypeError where there is no WebSocket, or no valid URL. */
export function connect(options: ConnectOptions): Connection {
  return new SessionConnection(options);
}

class SessionConnection implements Connection {
  readonly #options: ConnectOptions;
  readonly #url: URL;
  readonly #clock: ClientClock;
  readonly #memory: SessionMemory;
  readonly #beats: BeatLedger;
  readonly #chat: ChatLedger;
  readonly #sync = new ClockSync();
  readonly #watchdog: Watchdog;
  readonly #redial: Redial;
  readonly #pacer: Pacer;
  readonly #events = new Emitter<ConnectionEvents>();
  readonly #listeners = new Set<() => void>();
  readonly #timers = { loss: new Timer(), exchange: new Timer(), resend: new Timer(), notify: new Timer() };
  readonly #stopWatchingPage: () => void;
  #state: ConnectionState = INITIAL_STATE;
  #link: Link | undefined;
  #about: {
    measuring: boolean;
    hasMeasured: boolean;
    from: string | undefined;
    maxText: number;
    reconnects: number;
    lostAt: number | undefined;
    isReplaying: boolean;
    problem: string | undefined;
  } = {
    measuring: false,
    hasMeasured: false,
    from: undefined,
    maxText: LIMITS.maxTextBytes,
    reconnects: 0,
    lostAt: undefined,
    isReplaying: false,
    problem: undefined,
  };
  #snapshot: ConnectionSnapshot | undefined;
  #shownHealth: Health = "waiting";
  #unacked = { skipped: 0, duplicates: 0 };

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.#url = webSocketUrl(options.url);
    this.#clock = options.clock ?? systemClock;
    const key = options.sessionKey === undefined ? DEFAULTS.sessionKey : options.sessionKey;
    this.#memory = new SessionMemory(key, options.session);
    const intervalMs = options.intervalMs ?? DEFAULTS.intervalMs;
    this.#beats = new BeatLedger(options.heartbeatsKept ?? DEFAULTS.heartbeatsKept, intervalMs);
    this.#chat = new ChatLedger(
      options.messagesKept ?? DEFAULTS.messagesKept,
      options.outboxLimit ?? DEFAULTS.outboxLimit,
    );
    this.#pacer = new Pacer(LIMITS, () => this.#clock.monotonicMs());
    this.#redial = new Redial({
      clock: this.#clock,
      random: options.random ?? Math.random,
      dial: () => this.#dial(),
    });
    this.#watchdog = this.#makeWatchdog();
    this.#watchdog.pause(isPageHidden());
    this.#stopWatchingPage = watchPage((event) => this.#pageChanged(event));
    this.#dial();
  }

  subscribe(listener: () => void): () => void {
    const own = (): void => listener();
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  getSnapshot(): ConnectionSnapshot {
    this.#snapshot ??= this.#takeSnapshot();
    return this.#snapshot;
  }

  on<K extends keyof ConnectionEvents>(name: K, listener: (event: ConnectionEvents[K]) => void): () => void {
    return this.#events.on(name, listener);
  }

  send(text: string): SendResult {
    const problem = this.#whyNot(text);
    if (problem !== undefined) return { ok: false, problem };
    const id = randomId();
    if (!this.#chat.write(id, text, new Date(this.#clock.wallMs()))) {
      const limit = this.#options.outboxLimit ?? DEFAULTS.outboxLimit;
      return { ok: false, problem: `${limit} messages wait already: try again when the connection is back` };
    }
    this.#flush();
    this.#changed();
    return { ok: true, id };
  }

  retryNow(): void {
    if (this.#state.phase !== "reconnecting" || this.#state.retryAt === null) return;
    this.#redial.startOver();
    this.#dial();
  }

  reconnect(): void {
    this.#redial.startOver();
    if (this.#state.phase === "open") this.#setLost();
    this.#dial();
  }

  close(): void {
    this.#stopWatchingPage();
    if (this.#state.phase !== "closed") this.#end(1000, "closed by the application");
  }

  // ---- dialling ----

  #dial(offered?: readonly string[]): void {
    const url = this.#urlToDial();
    const protocols = offered ?? this.#protocolsToOffer();
    this.#link?.drop();
    this.#link = undefined;
    if (offered === undefined) this.#state = transition(this.#state, { type: "dial" });
    const wasPlainTried = offered !== undefined;
    const clock = this.#clock;
    const WebSocket = this.#options.WebSocket ?? platformWebSocket();
    this.#link = new Link(
      { WebSocket, url, protocols, clock },
      {
        ready: (welcome) => this.#opened(welcome, wasPlainTried),
        frame: ({ monotonicAt }) => this.#watchdog.frame(monotonicAt),
        message: (message, arrival) => this.#received(message, arrival),
        unreadable: (problem) => this.#events.emit("error", { code: "unreadable", message: problem }),
        ended: ({ code, reason, wasOpen }) => {
          const mayBePlain = !wasOpen && protocols.length > 0 && !this.#about.hasMeasured && !isOffline();
          if (mayBePlain) this.#dial([]);
          else this.#lost(code, reason, false);
        },
      },
    );
    this.#changed();
  }

  #protocolsToOffer(): readonly string[] {
    const { href } = this.#url;
    if (!this.#about.hasMeasured && plainServers.has(href, this.#clock.monotonicMs())) return [];
    return this.#options.protocols ?? DEFAULTS.protocols;
  }

  #urlToDial(): string {
    const url = new URL(this.#url);
    const { session } = this.#memory;
    const { since } = this.#chat;
    url.searchParams.set("room", this.#room);
    if (session !== undefined) url.searchParams.set("session", session);
    if (since !== undefined) url.searchParams.set("since", since);
    return url.href;
  }

  get #room(): string {
    return this.#options.room ?? DEFAULTS.room;
  }

  #opened(welcome: Welcome | undefined, wasPlainTried: boolean): void {
    const now = this.#clock.monotonicMs();
    if (wasPlainTried) plainServers.remember(this.#url.href, now);
    this.#about.measuring = welcome !== undefined;
    this.#about.isReplaying = welcome !== undefined;
    this.#about.problem = undefined;
    this.#timers.loss.clear();
    this.#state = transition(this.#state, { type: "opened", at: now });
    this.#sync.forget();
    this.#beats.begin(welcome);
    if (welcome !== undefined) this.#welcomed(welcome);
    this.#watchdog.start();
    this.#events.emit("open", { measuring: welcome !== undefined, resumed: welcome?.resumed ?? false });
    if (welcome === undefined) this.#backInRoom(0, false);
    else this.#exchange(FIRST_EXCHANGES);
    this.#changed();
  }

  #welcomed(welcome: Welcome): void {
    this.#about.hasMeasured = true;
    this.#about.from = welcome.from;
    this.#about.maxText = welcome.limits.maxText;
    this.#memory.session = welcome.session;
    this.#pacer.setLimits(welcome.limits);
    this.#redial.announced(welcome.reconnectSpreadMs);
  }

  // ---- losing ----

  #lost(code: number, reason: string, isNetwork: boolean): void {
    const openMs =
      this.#state.phase === "open" ? this.#clock.monotonicMs() - this.#state.openedAt : undefined;
    this.#setLost();
    const plan = this.#redial.plan({ code, openMs, isNetwork });
    const willReconnect = plan.kind === "wait";
    this.#about.problem = reason === "" ? closeCodeSentence(code) : reason;
    if (willReconnect) {
      const now = this.#clock.monotonicMs();
      this.#state = transition(this.#state, { type: "retryPlanned", at: plan.retryAt, now });
    } else this.#end(code, this.#about.problem);
    if (openMs !== undefined || !willReconnect) this.#events.emit("closed", { code, reason, willReconnect });
    this.#changed();
  }

  /** The socket is gone: what it was doing stops. */
  #setLost(): void {
    const now = this.#clock.monotonicMs();
    this.#link?.drop();
    this.#link = undefined;
    this.#watchdog.stop();
    this.#pacer.stop();
    this.#timers.exchange.clear();
    this.#timers.resend.clear();
    this.#chat.requeue();
    this.#about.lostAt ??= now;
    if (this.#state.phase === "open") this.#about.reconnects += 1;
    this.#state = transition(this.#state, { type: "lost", at: now });
    if (!this.#timers.loss.isSet) this.#timers.loss.set(LOSS_SHOWN_AFTER_MS, () => this.#changed());
  }

  #end(code: number, reason: string): void {
    this.#link?.close(1000, reason);
    this.#link = undefined;
    this.#watchdog.stop();
    this.#redial.stop();
    this.#pacer.stop();
    for (const timer of Object.values(this.#timers)) timer.clear();
    this.#chat.requeue();
    this.#state = transition(this.#state, { type: "closed", code, reason });
    this.#changed();
  }

  #makeWatchdog(): Watchdog {
    return new Watchdog({
      clock: this.#clock,
      intervalMs: () => this.#beats.intervalMs,
      graceMs: () => this.#beats.graceMs,
      rttMs: () => this.#sync.rttMs,
      probe: () => this.#about.measuring && this.#probe(),
      giveUp: () => this.#lost(1006, "the server did not answer", true),
      slept: () => this.#slept(),
      changed: () => this.#changed(),
    });
  }

  #slept(): void {
    this.#sync.forget();
    this.#beats.forgetTiming();
    this.#redial.networkChanged();
  }

  // ---- hearing ----

  #received(message: ServerMessage, arrival: Arrival): void {
    switch (message.type) {
      case "heartbeat":
        this.#beat(message, arrival);
        break;
      case "clock":
        this.#sync.add({ ...message, t3: this.#epochMs(arrival.monotonicAt) }, arrival.monotonicAt);
        break;
      case "chat": {
        const record = this.#chat.received(message);
        if (record !== undefined) this.#events.emit("message", record);
        break;
      }
      case "duplicate":
        this.#chat.acknowledged(message.id, message.offset);
        break;
      case "replayed":
        this.#chat.replayedUpTo(message.upTo);
        this.#backInRoom(message.count, message.gap);
        break;
      case "error":
        this.#refused(message);
        break;
      case "bye":
        this.#redial.invited(message.reconnectAfterMs);
        break;
      case "spread":
        this.#redial.announced(message.reconnectSpreadMs);
        break;
      case "welcome":
      case "pong":
        break;
      default:
        message satisfies never;
    }
    this.#changed();
  }

  #beat(heartbeat: Heartbeat, { monotonicAt, wallAt }: Arrival): void {
    const estimate = this.#sync.best(monotonicAt);
    const arrivedAt = estimate === undefined ? wallAt : this.#epochMs(monotonicAt);
    const sentAt = heartbeat.ts === undefined ? undefined : heartbeat.ts + (heartbeat.lateMs ?? 0);
    const latency = sentAt === undefined ? undefined : latencyOf(sentAt, arrivedAt, estimate);
    const record = this.#beats.add({ heartbeat, latency, receivedAt: monotonicAt, wallAt });
    if (record === undefined) this.#unacked.duplicates += 1;
    else {
      this.#unacked.skipped += record.skipped;
      this.#watchdog.beat(record.onTime);
      this.#print(record);
      this.#events.emit("beat", record);
      if (record.skipped > 0) this.#events.emit("gap", { skipped: record.skipped });
    }
    if (this.#about.measuring && heartbeat.beat !== undefined)
      this.#ack(heartbeat.beat, record?.latency ?? null);
  }

  #print(record: object): void {
    if (!(this.#options.debug ?? DEFAULTS.debug)) return;
    const log = this.#options.log ?? ((message: string, details: object) => console.debug(message, details));
    log("heartbeat", { ...record, health: this.#watchdog.health });
  }

  /** The room is as it was, or as far as the server still knows it: our own messages may go. */
  #backInRoom(replayed: number, gap: boolean): void {
    this.#about.isReplaying = false;
    const { lostAt } = this.#about;
    this.#about.lostAt = undefined;
    if (lostAt !== undefined) {
      this.#events.emit("resumed", { awayMs: this.#clock.monotonicMs() - lostAt, replayed, gap });
    }
    this.#flush();
  }

  #refused({ code, message, id }: ErrorMessage): void {
    this.#events.emit("error", { code, message });
    if (code !== "history_gap") this.#about.problem = message;
    if (id === undefined) return;
    if (code === "too_fast" || code === "broker_unavailable" || code === "draining") {
      this.#chat.postponed(id);
      this.#timers.resend.set(RESEND_AFTER_MS, () => this.#flush());
    } else this.#chat.refused(id, message);
  }

  // ---- speaking ----

  /** Sends what waits, at the pace the server wants. */
  #flush(): void {
    if (this.#state.phase !== "open" || this.#about.isReplaying || this.#timers.resend.isSet) return;
    if (this.#chat.nextQueued() === undefined) return;
    this.#pacer.run(() => {
      const next = this.#chat.nextQueued();
      if (next === undefined || this.#link?.send({ type: "chat", id: next.id, text: next.text }) !== true)
        return false;
      this.#chat.sent(next.id);
      this.#changed();
      return this.#chat.nextQueued() !== undefined;
    });
  }

  #ack(beat: number, latencyMs: number | null): void {
    const t0 = this.#epochMs(this.#clock.monotonicMs());
    const latency = latencyMs === null ? {} : { latencyMs: Math.round(latencyMs * 100) / 100 };
    const sent = this.#link?.send({ type: "ack", beat, t0, page: pageState(), ...this.#unacked, ...latency });
    if (sent === true) this.#unacked = { skipped: 0, duplicates: 0 };
  }

  #probe(): boolean {
    return this.#link?.send({ type: "probe", t0: this.#epochMs(this.#clock.monotonicMs()) }) ?? false;
  }

  #exchange(left: number): void {
    if (left === 0) return;
    this.#probe();
    this.#timers.exchange.set(FIRST_EXCHANGES_EVERY_MS, () => this.#exchange(left - 1));
  }

  #whyNot(text: string): string | undefined {
    const { maxText } = this.#about;
    if (text === "") return "a message must not be empty";
    const size = utf8Length(text);
    if (size > maxText) return `a message must have at most ${maxText} bytes, got ${size}`;
    return this.#state.phase === "closed" ? "the connection is closed: reconnect first" : undefined;
  }

  // ---- the page ----

  #pageChanged(event: PageEvent): void {
    switch (event) {
      case "hidden":
      case "frozen":
        this.#tellPage(event);
        this.#watchdog.pause(true);
        break;
      case "visible":
      case "resumed":
        this.#tellPage(event);
        this.#watchdog.pause(isPageHidden());
        this.#wake();
        break;
      case "online":
        this.#redial.networkChanged();
        this.#wake();
        break;
      case "offline":
        this.#redial.networkChanged();
        break;
      case "cached":
        this.#link?.close(1000, "the page was put aside");
        this.#link = undefined;
        if (this.#state.phase === "open") this.#setLost();
        break;
      case "restored":
        this.#slept();
        this.reconnect();
        break;
      default:
        event satisfies never;
    }
    this.#changed();
  }

  #tellPage(event: "visible" | "hidden" | "frozen" | "resumed"): void {
    if (this.#about.measuring) this.#link?.send({ type: "page", state: event });
  }

  /** Somebody looks, or the network is back: an open connection is asked, a lost one dialled. */
  #wake(): void {
    if (this.#state.phase === "open") this.#watchdog.wake();
    else if (this.#state.phase === "reconnecting" && this.#link === undefined) {
      this.#redial.startOver();
      this.#dial();
    }
  }

  // ---- showing ----

  /** Our clock in ms since the epoch, with its fraction, and without the jumps of the wall clock. */
  #epochMs(monotonicAt: number): number {
    return performance.timeOrigin + monotonicAt;
  }

  #changed(): void {
    const health = this.#healthShown();
    const previous = this.#shownHealth;
    this.#shownHealth = health;
    if (health !== previous) this.#events.emit("status", { health, previous });
    if (this.#snapshot === undefined) return;
    this.#snapshot = undefined;
    this.#timers.notify.set(NOTIFY_AFTER_MS, () => {
      for (const listener of this.#listeners) listener();
    });
  }

  #healthShown(): Health {
    const state = this.#state;
    switch (state.phase) {
      case "open":
        return this.#watchdog.health;
      case "connecting":
        return "waiting";
      case "reconnecting":
        if (isOffline() || isPageHidden()) return "paused";
        return this.#clock.monotonicMs() - state.lostAt >= LOSS_SHOWN_AFTER_MS ? "error" : "warning";
      case "closed":
        return state.code === 1000 ? "paused" : "error";
      default:
        return state satisfies never;
    }
  }

  #takeSnapshot(): ConnectionSnapshot {
    const estimate = this.#sync.best(this.#clock.monotonicMs());
    const { total, missed, duplicates } = this.#beats.counts;
    return {
      state: this.#state,
      health: this.#shownHealth,
      quality: this.#beats.quality,
      measuring: this.#about.measuring,
      session: this.#memory.session,
      from: this.#about.from,
      room: this.#room,
      intervalMs: this.#beats.intervalMs,
      graceMs: this.#beats.graceMs,
      heartbeats: this.#beats.records,
      totalHeartbeats: total,
      missed,
      duplicates,
      lastHeartbeatAt: this.#beats.records.at(-1)?.arrivedAt ?? null,
      lastFrameAt: this.#watchdog.lastFrameAt,
      averageLatency: this.#beats.averageLatency,
      statistics: this.#beats.statistics,
      rttMs: this.#sync.rttMs,
      clockOffsetMs: estimate?.offsetMs,
      clockErrorMs: estimate?.errorMs,
      messages: this.#chat.messages,
      queued: this.#chat.pending,
      reconnects: this.#about.reconnects,
      problem: this.#about.problem,
    };
  }
}

/** Takes `http:` and `https:` as their WebSocket twins. Throws a TypeError for anything else. */
function webSocketUrl(given: string | URL): URL {
  const base = (globalThis as { location?: { href: string } }).location?.href;
  const url = new URL(given, base);
  if (url.protocol === "http:") url.protocol = "ws:";
  if (url.protocol === "https:") url.protocol = "wss:";
  if (url.protocol !== "ws:" && url.protocol !== "wss:") {
    throw new TypeError(`url must begin with ws: or wss:, got "${url.href}"`);
  }
  url.hash = "";
  return url;
}
