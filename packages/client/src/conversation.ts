import {
  type AnnouncedLimits,
  type Chat,
  type ClientMessage,
  type ErrorMessage,
  LIMITS,
  utf8Length,
} from "@lubdub/protocol";
import { ChatLedger, type ChatRecord } from "./chat-ledger.ts";
import { Pacer } from "./pacer.ts";
import { randomId } from "./random-id.ts";
import { Timer } from "./timer.ts";

/** What `send` says. A message that was taken is delivered as soon as the server can be reached. */
export type SendResult =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly problem: string };

export interface ConversationParts {
  readonly messagesKept: number;
  readonly outboxLimit: number;
  /** The monotonic clock, in ms. */
  now(): number;
  /** Hands a message to the socket; false when there is none that takes it. */
  send(message: ClientMessage): boolean;
  /** Messages have changed. */
  changed(): void;
}

/** What the server did not take in time is offered again after this long, in ms. */
const RESEND_AFTER_MS = 1_000;

/** The chat of a session over all its sockets: what was said, what waits, and the pace at which it goes out. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #ledger: ChatLedger;
  readonly #pacer: Pacer;
  readonly #resendTimer = new Timer();
  #maxText: number = LIMITS.maxTextBytes;
  #isInRoom = false;

  constructor(parts: ConversationParts) {
    this.#parts = parts;
    this.#ledger = new ChatLedger(parts.messagesKept, parts.outboxLimit);
    this.#pacer = new Pacer(LIMITS, parts.now);
  }

  get messages(): readonly ChatRecord[] {
    return this.#ledger.messages;
  }

  /** Own messages on their way. */
  get pending(): number {
    return this.#ledger.pending;
  }

  /** The offset of the newest message seen. */
  get since(): string | undefined {
    return this.#ledger.since;
  }

  setLimits(limits: AnnouncedLimits): void {
    this.#maxText = limits.maxText;
    this.#pacer.setLimits(limits);
  }

  /** Takes a text to be sent, or says at once why it never can be. */
  write(text: string, at: Date): SendResult {
    if (text === "") return { ok: false, problem: "a message must not be empty" };
    const size = utf8Length(text);
    if (size > this.#maxText) {
      return { ok: false, problem: `a message must have at most ${this.#maxText} bytes, got ${size}` };
    }
    const id = randomId();
    if (!this.#ledger.write(id, text, at)) {
      const { outboxLimit } = this.#parts;
      return {
        ok: false,
        problem: `${outboxLimit} messages wait already: try again when the connection is back`,
      };
    }
    this.#flush();
    return { ok: true, id };
  }

  /** The room is as it was, or as far as the server still knows it: what waits may go. */
  enter(upTo: string | null): void {
    this.#ledger.replayedUpTo(upTo);
    this.#isInRoom = true;
    this.#flush();
  }

  /** The socket is gone: what had no acknowledgement waits for the next one. */
  leave(): void {
    this.#isInRoom = false;
    this.#pacer.stop();
    this.#resendTimer.clear();
    this.#ledger.requeue();
  }

  /** Undefined for a message that came before. */
  received(chat: Chat): ChatRecord | undefined {
    return this.#ledger.received(chat);
  }

  acknowledged(id: string, offset: string): void {
    this.#ledger.acknowledged(id, offset);
  }

  /** The server refused a message: for now, then it is offered again, or for good. */
  refused({ code, message, id }: ErrorMessage): void {
    if (id === undefined) return;
    if (code === "too_fast" || code === "broker_unavailable" || code === "draining") {
      this.#ledger.postponed(id);
      this.#resendTimer.set(RESEND_AFTER_MS, () => this.#flush());
    } else this.#ledger.refused(id, message);
  }

  /** Sends what waits, at the pace the server wants. */
  #flush(): void {
    if (!this.#isInRoom || this.#resendTimer.isSet || this.#ledger.nextQueued() === undefined) return;
    this.#pacer.run(() => {
      const next = this.#ledger.nextQueued();
      if (next === undefined || !this.#parts.send({ type: "chat", id: next.id, text: next.text }))
        return false;
      this.#ledger.sent(next.id);
      this.#parts.changed();
      return this.#ledger.nextQueued() !== undefined;
    });
  }
}
