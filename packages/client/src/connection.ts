import {
  type Chat,
  type ClientMessage,
  closeCodeSentence,
  type ErrorMessage,
  type Health,
  type Heartbeat,
  type PageState,
  type Replayed,
  type ServerMessage,
  type Welcome,
} from "@lubdub/protocol";
import { type ClientClock, systemClock } from "./clock.ts";
import { type ConnectOptions, DEFAULTS, type Settled } from "./connect-options.ts";
import { type ConnectionState, INITIAL_STATE, transition } from "./connection-state.ts";
import { Conversation, type SendResult } from "./conversation.ts";
import { Emitter } from "./emitter.ts";
import { type Arrival, Link } from "./link.ts";
import { Measurement } from "./measurement.ts";
import { isOffline, isPageHidden, type PageEvent, watchPage } from "./page-lifecycle.ts";
import { plainServers } from "./plain-servers.ts";
import { Redial } from "./redial.ts";
import { SessionMemory } from "./session-memory.ts";
import type { ConnectionEvents, ConnectionSnapshot } from "./snapshot.ts";
import { Timer } from "./timer.ts";
import { Watchdog } from "./watchdog.ts";
import { platformWebSocket } from "./web-socket.ts";

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
/**
 * What happens together is told together, about a frame later, in ms: beats of other connections that have arrived, and
 * the answer to a clock exchange, are read and timed before anything renders.
 */
const NOTIFY_AFTER_MS = 16;

/** Opens a connection; it begins to dial at once. Throws a TypeError where there is no WebSocket, or no valid URL. */
export function connect(options: ConnectOptions): Connection {
  return new SessionConnection(options);
}

/** What is known of the session's way so far. */
interface Journey {
  /** What others see of the session. */
  readonly from: string | undefined;
  /** Whether the server has ever welcomed us: then it is no plain one. */
  readonly wasWelcome: boolean;
  readonly reconnects: number;
  /** When the room was left, on the monotonic clock; undefined while in it. */
  readonly lostAt: number | undefined;
  /** The last thing that went wrong, in a sentence. */
  readonly problem: string | undefined;
}

class SessionConnection implements Connection {
  readonly #options: Settled;
  readonly #url: URL;
  readonly #clock: ClientClock;
  readonly #memory: SessionMemory;
  readonly #measurement: Measurement;
  readonly #conversation: Conversation;
  readonly #watchdog: Watchdog;
  readonly #redial: Redial;
  readonly #events = new Emitter<ConnectionEvents>();
  readonly #listeners = new Set<() => void>();
  readonly #lossTimer = new Timer();
  readonly #notifyTimer = new Timer();
  readonly #stopWatchingPage: () => void;
  #state: ConnectionState = INITIAL_STATE;
  #link: Link | undefined;
  #journey: Journey = {
    from: undefined,
    wasWelcome: false,
    reconnects: 0,
    lostAt: undefined,
    problem: undefined,
  };
  #snapshot: ConnectionSnapshot | undefined;
  #healthTold: Health = "waiting";

  constructor(options: ConnectOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#url = webSocketUrl(options.url);
    this.#clock = options.clock ?? systemClock;
    this.#memory = new SessionMemory(this.#options.sessionKey, options.session);
    const send = (message: ClientMessage): boolean => this.#link?.send(message) ?? false;
    const { heartbeatsKept, messagesKept, outboxLimit, intervalMs } = this.#options;
    this.#measurement = new Measurement({ heartbeatsKept, intervalMs, clock: this.#clock, send });
    this.#conversation = new Conversation({
      messagesKept,
      outboxLimit,
      now: () => this.#clock.monotonicMs(),
      send,
      changed: () => this.#changed(),
    });
    const random = options.random ?? Math.random;
    this.#redial = new Redial({ clock: this.#clock, random, dial: () => this.#dial() });
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
    if (this.#state.phase === "closed")
      return { ok: false, problem: "the connection is closed: reconnect first" };
    const result = this.#conversation.write(text, new Date(this.#clock.wallMs()));
    this.#changed();
    return result;
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

  #dial(): void {
    this.#state = transition(this.#state, { type: "dial" });
    const isPlain = !this.#journey.wasWelcome && plainServers.has(this.#url.href, this.#clock.monotonicMs());
    this.#dialWith(isPlain ? [] : this.#options.protocols, false);
  }

  #dialWith(protocols: readonly string[], isSecondTry: boolean): void {
    this.#link?.drop();
    const WebSocket = this.#options.WebSocket ?? platformWebSocket();
    this.#link = new Link(
      { WebSocket, url: this.#urlToDial(), protocols, clock: this.#clock },
      {
        ready: (welcome) => this.#opened(welcome, isSecondTry),
        frame: ({ monotonicAt }) => this.#watchdog.frame(monotonicAt),
        message: (message, arrival) => this.#received(message, arrival),
        unreadable: (problem) => this.#events.emit("error", { code: "unreadable", message: problem }),
        ended: ({ code, reason, wasOpen }) => {
          // A browser fails the handshake with a server that picks none of the subprotocols offered.
          const mayBePlain = !wasOpen && protocols.length > 0 && !this.#journey.wasWelcome && !isOffline();
          if (mayBePlain) this.#dialWith([], true);
          else this.#lost(code, reason, false);
        },
      },
    );
    this.#changed();
  }

  #urlToDial(): string {
    const url = new URL(this.#url);
    const { session } = this.#memory;
    const { since } = this.#conversation;
    url.searchParams.set("room", this.#options.room);
    if (session !== undefined) url.searchParams.set("session", session);
    if (since !== undefined) url.searchParams.set("since", since);
    return url.href;
  }

  #opened(welcome: Welcome | undefined, isSecondTry: boolean): void {
    const now = this.#clock.monotonicMs();
    if (isSecondTry) plainServers.remember(this.#url.href, now);
    this.#lossTimer.clear();
    this.#state = transition(this.#state, { type: "opened", at: now });
    this.#journey = { ...this.#journey, problem: undefined };
    if (welcome !== undefined) this.#welcomed(welcome);
    this.#measurement.begin(welcome);
    this.#watchdog.start();
    this.#events.emit("open", { measuring: welcome !== undefined, resumed: welcome?.resumed ?? false });
    if (welcome === undefined) this.#backInRoom({ count: 0, upTo: null, gap: false });
    this.#changed();
  }

  #welcomed(welcome: Welcome): void {
    this.#journey = { ...this.#journey, from: welcome.from, wasWelcome: true };
    this.#memory.session = welcome.session;
    this.#conversation.setLimits(welcome.limits);
    this.#redial.announced(welcome.reconnectSpreadMs);
  }

  // ---- losing ----

  #lost(code: number, reason: string, isNetwork: boolean): void {
    const openMs =
      this.#state.phase === "open" ? this.#clock.monotonicMs() - this.#state.openedAt : undefined;
    this.#setLost();
    const plan = this.#redial.plan({ code, openMs, isNetwork });
    const willReconnect = plan.kind === "wait";
    const problem = reason === "" ? closeCodeSentence(code) : reason;
    this.#journey = { ...this.#journey, problem };
    if (willReconnect) {
      const now = this.#clock.monotonicMs();
      this.#state = transition(this.#state, { type: "retryPlanned", at: plan.retryAt, now });
    } else this.#end(code, problem);
    if (openMs !== undefined || !willReconnect) this.#events.emit("closed", { code, reason, willReconnect });
    this.#changed();
  }

  /** The socket is gone: what it was doing stops. */
  #setLost(): void {
    const now = this.#clock.monotonicMs();
    const { lostAt, reconnects } = this.#journey;
    const wasOpen = this.#state.phase === "open";
    this.#journey = { ...this.#journey, lostAt: lostAt ?? now, reconnects: reconnects + (wasOpen ? 1 : 0) };
    this.#leaveSocket();
    this.#state = transition(this.#state, { type: "lost", at: now });
    if (!this.#lossTimer.isSet) this.#lossTimer.set(LOSS_SHOWN_AFTER_MS, () => this.#changed());
  }

  #leaveSocket(): void {
    this.#link?.drop();
    this.#link = undefined;
    this.#watchdog.stop();
    this.#measurement.end();
    this.#conversation.leave();
  }

  #end(code: number, reason: string): void {
    this.#link?.close(1000, reason);
    this.#link = undefined;
    this.#leaveSocket();
    this.#redial.stop();
    this.#lossTimer.clear();
    this.#state = transition(this.#state, { type: "closed", code, reason });
    this.#changed();
  }

  #makeWatchdog(): Watchdog {
    return new Watchdog({
      clock: this.#clock,
      intervalMs: () => this.#measurement.beats.intervalMs,
      graceMs: () => this.#measurement.beats.graceMs,
      rttMs: () => this.#measurement.rttMs,
      probe: () => this.#measurement.probe(),
      giveUp: () => this.#lost(1006, "the server did not answer", true),
      slept: () => this.#slept(),
      changed: () => this.#changed(),
    });
  }

  #slept(): void {
    this.#measurement.slept();
    this.#redial.networkChanged();
  }

  // ---- hearing ----

  #received(message: ServerMessage, arrival: Arrival): void {
    switch (message.type) {
      case "heartbeat":
        this.#beat(message, arrival);
        break;
      case "clock":
        this.#measurement.answered(message, arrival);
        break;
      case "chat":
        this.#heard(message);
        break;
      case "duplicate":
        this.#conversation.acknowledged(message.id, message.offset);
        break;
      case "replayed":
        this.#backInRoom(message);
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

  #beat(heartbeat: Heartbeat, arrival: Arrival): void {
    const record = this.#measurement.beat(heartbeat, arrival);
    if (record === undefined) return;
    this.#watchdog.beat(record.onTime);
    if (this.#options.debug) this.#options.log("heartbeat", { ...record, health: this.#watchdog.health });
    this.#events.emit("beat", record);
    if (record.skipped > 0) this.#events.emit("gap", { skipped: record.skipped });
  }

  #heard(chat: Chat): void {
    const record = this.#conversation.received(chat);
    if (record !== undefined) this.#events.emit("message", record);
  }

  #backInRoom({ count, upTo, gap }: Omit<Replayed, "type">): void {
    const { lostAt } = this.#journey;
    this.#journey = { ...this.#journey, lostAt: undefined };
    this.#conversation.enter(upTo);
    if (lostAt === undefined) return;
    this.#events.emit("resumed", { awayMs: this.#clock.monotonicMs() - lostAt, replayed: count, gap });
  }

  #refused(refusal: ErrorMessage): void {
    const { code, message } = refusal;
    if (code !== "history_gap") this.#journey = { ...this.#journey, problem: message };
    this.#conversation.refused(refusal);
    this.#events.emit("error", { code, message });
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

  #tellPage(state: PageState): void {
    if (this.#measurement.isMeasuring) this.#link?.send({ type: "page", state });
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

  #changed(): void {
    const health = this.#health();
    const previous = this.#healthTold;
    this.#healthTold = health;
    if (health !== previous) this.#events.emit("status", { health, previous });
    if (this.#snapshot === undefined) return;
    this.#snapshot = undefined;
    this.#notifyTimer.set(NOTIFY_AFTER_MS, () => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** Health as it is shown, also while there is no socket to judge. */
  #health(): Health {
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
    const { beats, rttMs, clock, isMeasuring } = this.#measurement;
    const { from, reconnects, problem } = this.#journey;
    return {
      state: this.#state,
      health: this.#healthTold,
      quality: beats.quality,
      measuring: isMeasuring,
      session: this.#memory.session,
      from,
      room: this.#options.room,
      intervalMs: beats.intervalMs,
      graceMs: beats.graceMs,
      heartbeats: beats.records,
      totalHeartbeats: beats.counts.total,
      missed: beats.counts.missed,
      duplicates: beats.counts.duplicates,
      lastHeartbeatAt: beats.records.at(-1)?.arrivedAt ?? null,
      lastFrameAt: this.#watchdog.lastFrameAt,
      averageLatency: beats.averageLatency,
      statistics: beats.statistics,
      rttMs,
      clockOffsetMs: clock?.offsetMs,
      clockErrorMs: clock?.errorMs,
      messages: this.#conversation.messages,
      queued: this.#conversation.pending,
      reconnects,
      problem,
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
