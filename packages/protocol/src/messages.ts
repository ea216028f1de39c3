import type { Heartbeat } from "./heartbeat.ts";

/** What can be wrong with a client's message. The sentence beside it is for people, the code for programs. */
export const ErrorCode = {
  badMessage: "bad_message",
  tooLarge: "too_large",
  tooFast: "too_fast",
  historyGap: "history_gap",
  brokerUnavailable: "broker_unavailable",
  draining: "draining",
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

/** A page's lifecycle, as the browser tells it. */
export const PAGE_STATES = ["visible", "hidden", "frozen", "resumed"] as const;
export type PageState = (typeof PAGE_STATES)[number];

// ---- server to client ----

/** A chat message of the room. To its own sender it is the acknowledgement. */
export interface Chat {
  readonly type: "chat";
  /** The sender's own id for the message, 1 to 64 characters. */
  readonly id: string;
  /** Who sent it: 12 characters that stand for the session without giving it away. */
  readonly from: string;
  readonly text: string;
  /** When the server took it: ISO 8601, UTC, with milliseconds. */
  readonly at: string;
  /** Opaque; grows within a room. */
  readonly offset: string;
}

/** This session sent that id before: it is acknowledged, and was not sent to the room again. */
export interface Duplicate {
  readonly type: "duplicate";
  readonly id: string;
  readonly offset: string;
}

export interface ErrorMessage {
  readonly type: "error";
  readonly code: ErrorCode;
  readonly message: string;
  /** The id of the message that was refused, where there was one. */
  readonly id?: string;
}

/** The server is about to close this connection. */
export interface Bye {
  readonly type: "bye";
  readonly reason: string;
  /** Come back after this long, in ms. */
  readonly reconnectAfterMs: number;
  /** The close follows after this long, in ms, or as soon as the session is claimed elsewhere. */
  readonly closesInMs?: number;
}

/** What a client may send: messages a second, how many at once, and bytes of text. */
export interface AnnouncedLimits {
  readonly perSecond: number;
  readonly burst: number;
  readonly maxText: number;
}

/** The first message of a `lubdub.v1` connection. */
export interface Welcome {
  readonly type: "welcome";
  /** The session's id: a secret, because whoever holds it may resume the session. */
  readonly session: string;
  /** What the others see instead. */
  readonly from: string;
  readonly resumed: boolean;
  readonly standby: boolean;
  readonly node: string;
  readonly intervalMs: number;
  readonly tickMs: number;
  /** After a crash of the server wait a random time up to this, in ms. */
  readonly reconnectSpreadMs: number;
  readonly limits: AnnouncedLimits;
}

/** The spread changed. */
export interface Spread {
  readonly type: "spread";
  readonly reconnectSpreadMs: number;
}

/** The answer to ack and probe: client send, server receive, server send, in ms since the epoch with fraction. */
export interface Clock {
  readonly type: "clock";
  readonly t0: number;
  readonly t1: number;
  readonly t2: number;
}

/** The end of a replay; only now a client resends its outbox. */
export interface Replayed {
  readonly type: "replayed";
  readonly count: number;
  /** The offset of the newest message replayed; null when the room has none. */
  readonly upTo: string | null;
  /** True when messages may be missing between `since` and the first one replayed. */
  readonly gap: boolean;
}

/** The answer to the text `ping`; on the wire the bare text `pong`. */
export interface Pong {
  readonly type: "pong";
}

export type ServerMessage =
  | Heartbeat
  | Pong
  | Chat
  | Duplicate
  | ErrorMessage
  | Bye
  | Welcome
  | Spread
  | Clock
  | Replayed;

// ---- client to server ----

/** Text that is no JSON object with a `type`: chat, whose id the server makes. */
export interface PlainText {
  readonly type: "text";
  readonly text: string;
}

/** The bare text `ping`. */
export interface Ping {
  readonly type: "ping";
}

export interface ClientChat {
  readonly type: "chat";
  readonly id: string;
  readonly text: string;
}

/** The page's own answer to a beat. */
export interface Ack {
  readonly type: "ack";
  readonly beat: number;
  /** The client's clock, in ms since the epoch with fraction. */
  readonly t0: number;
  readonly page: PageState;
  /** Beats the client found left out since its last ack. */
  readonly skipped: number;
  readonly duplicates: number;
  /** The latency the client shows, in ms. */
  readonly latencyMs?: number;
}

/** "Are you there?", outside the beat. */
export interface Probe {
  readonly type: "probe";
  readonly t0: number;
}

export interface Page {
  readonly type: "page";
  readonly state: PageState;
}

/** A standby connection becomes the session's. */
export interface Claim {
  readonly type: "claim";
  readonly since?: string;
}

/**
 * What a client may tell of its last connection: it opened, got its last frame, was probed, given up by the client, or
 * closed (`detail`: the code); the device slept (`detail`: for how many ms); the page's lifecycle; the network's.
 */
export const REPORT_KINDS = [
  "opened",
  "heard",
  "probed",
  "gave_up",
  "closed",
  "slept",
  "visible",
  "hidden",
  "frozen",
  "resumed",
  "offline",
  "online",
] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

/** One event of the client's half of the story of how the last connection ended. */
export interface ReportEvent {
  readonly kind: ReportKind;
  /** In ms since the epoch, by the client's clock. */
  readonly at: number;
  readonly detail?: string;
}

export interface Report {
  readonly type: "report";
  /** The client's clock as it sends this, in ms since the epoch with fraction: by it the server dates the events. */
  readonly t0: number;
  /** Oldest first. */
  readonly events: readonly ReportEvent[];
}

export type ClientMessage = PlainText | Ping | ClientChat | Ack | Probe | Page | Claim | Report;
