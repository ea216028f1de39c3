import type { Chat } from "@lubdub/protocol";
import { parseTimestamp } from "@lubdub/protocol";

/** A chat message as it is shown. */
export interface ChatRecord {
  readonly id: string;
  /** Who sent it; empty for our own until the server said who we are. */
  readonly from: string;
  readonly text: string;
  /** When the server took it; when we wrote it, while it is on its way. */
  readonly at: Date;
  /** Null until the server has stored it. */
  readonly offset: string | null;
  readonly own: boolean;
  readonly state: "queued" | "sent" | "delivered" | "refused";
  /** Why it was refused. */
  readonly problem?: string;
}

/**
 * The messages of a room as one session sees them, and the session's own that are still on their way. Own messages keep
 * their id until the server acknowledged it, so that a repeated one is recognised.
 */
export class ChatLedger {
  readonly #kept: number;
  readonly #outboxLimit: number;
  readonly #seen = new Set<string>();
  #messages: readonly ChatRecord[] = [];
  #since: string | undefined;

  constructor(kept: number, outboxLimit: number) {
    this.#kept = kept;
    this.#outboxLimit = outboxLimit;
  }

  get messages(): readonly ChatRecord[] {
    return this.#messages;
  }

  /** The offset of the newest message seen. */
  get since(): string | undefined {
    return this.#since;
  }

  /** Own messages that the server has not acknowledged. */
  get pending(): number {
    return this.#messages.filter(isPending).length;
  }

  /** Takes a message of our own; false when too many are on their way already. */
  write(id: string, text: string, at: Date): boolean {
    if (this.pending >= this.#outboxLimit) return false;
    this.#append({ id, from: "", text, at, offset: null, own: true, state: "queued" });
    return true;
  }

  /** The oldest own message that has not been sent over this connection. */
  nextQueued(): ChatRecord | undefined {
    return this.#messages.find(({ own, state }) => own && state === "queued");
  }

  sent(id: string): void {
    this.#change(id, { state: "sent" });
  }

  /** The connection is gone: what was sent without an acknowledgement is sent again, under its own id. */
  requeue(): void {
    this.#messages = this.#messages.map((each) =>
      each.state === "sent" ? { ...each, state: "queued" } : each,
    );
  }

  /** A message came from the server. Returns it as it is shown now, or undefined for a repeated one. */
  received(chat: Chat): ChatRecord | undefined {
    this.#since = chat.offset;
    const key = `${chat.from} ${chat.id}`;
    if (this.#seen.has(key)) return undefined;
    this.#remember(key);
    const at = new Date(parseTimestamp(chat.at) ?? Date.now());
    const { id, from, text, offset } = chat;
    const isOwn = this.#messages.some((each) => each.id === id && isPending(each));
    const record: ChatRecord = { id, from, text, at, offset, own: isOwn, state: "delivered" };
    if (isOwn) this.#messages = this.#messages.filter((each) => !(each.own && each.id === id));
    this.#append(record);
    return record;
  }

  /** The server says it had this message before. */
  acknowledged(id: string, offset: string): void {
    this.#change(id, { state: "delivered", offset });
  }

  /** The server does not take it now: it waits for another try. */
  postponed(id: string): void {
    this.#change(id, { state: "queued" });
  }

  refused(id: string, problem: string): void {
    this.#change(id, { state: "refused", problem });
  }

  /** The server said up to where it has replayed. */
  replayedUpTo(offset: string | null): void {
    this.#since = offset ?? this.#since;
  }

  #change(id: string, change: Partial<ChatRecord>): void {
    this.#messages = this.#messages.map((each) =>
      each.id === id && isPending(each) ? { ...each, ...change } : each,
    );
  }

  /** What is on its way stands behind what has arrived. */
  #append(record: ChatRecord): void {
    const arrived = this.#messages.filter((each) => !isPending(each));
    const pending = this.#messages.filter(isPending);
    const next = isPending(record) ? [...arrived, ...pending, record] : [...arrived, record, ...pending];
    const surplus = Math.max(0, next.length - this.#kept - pending.length);
    this.#messages = next.slice(surplus);
  }

  #remember(key: string): void {
    this.#seen.add(key);
    if (this.#seen.size <= 4 * this.#kept) return;
    const [oldest] = this.#seen;
    if (oldest !== undefined) this.#seen.delete(oldest);
  }
}

function isPending({ state }: ChatRecord): boolean {
  return state === "queued" || state === "sent";
}
