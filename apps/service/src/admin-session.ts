import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a login lasts, in milliseconds. */
export const ADMIN_SESSION_MS = 12 * 60 * 60_000;

const MAX_REVOKED = 1_000;

/** Compares two secrets in a time that tells nothing about them. */
export function sameSecret(given: string, due: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(due));
}

/**
 * Login cookies that hold no secret: `<expires>.<nonce>.<mac>`, the MAC keyed by the admin token. So every node with the
 * same token knows them, a restart does not end them, and changing the token ends them all.
 */
export class AdminSessions {
  readonly #key: Buffer;
  readonly #revoked = new Set<string>();

  constructor(token: string) {
    this.#key = createHmac("sha256", token).update("lubdub admin session").digest();
  }

  /** A new cookie value. `now` is wall time in milliseconds. */
  issue(now: number): string {
    const body = `${now + ADMIN_SESSION_MS}.${randomBytes(16).toString("base64url")}`;
    return `${body}.${this.#mac(body)}`;
  }

  isValid(cookie: string, now: number): boolean {
    const [expires = "", nonce = "", mac = "", ...rest] = cookie.split(".");
    if (rest.length > 0 || !sameSecret(mac, this.#mac(`${expires}.${nonce}`))) return false;
    return Number(expires) > now && !this.#revoked.has(cookie);
  }

  /** Ends one login, on this node; the latest thousand are remembered. */
  revoke(cookie: string, now: number): void {
    if (!this.isValid(cookie, now)) return;
    const [oldest] = this.#revoked;
    if (this.#revoked.size >= MAX_REVOKED && oldest !== undefined) this.#revoked.delete(oldest);
    this.#revoked.add(cookie);
  }

  #mac(body: string): string {
    return createHmac("sha256", this.#key).update(body).digest("base64url");
  }
}
