import type { IncomingMessage } from "node:http";
import { addressGroup, clientAddress, isLoopbackPeer, type ProxyTrust } from "./address.ts";
import { AdminSessions, sameSecret } from "./admin-session.ts";
import { AttemptLimit } from "./attempt-limit.ts";

export const ADMIN_COOKIE = "lubdub_admin";

/** Whether a request may see what is the administrator's; if not, why. */
export type Admission =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly status: 401 | 403 | 429;
      readonly problem: string;
      readonly retryAfterS?: number;
    };

export type Login =
  | { readonly ok: true; readonly cookie: string }
  | Exclude<Admission, { ok: true }>
  | { readonly ok: false; readonly status: 400; readonly problem: string };

export interface AdminOptions {
  /** Undefined: only requests from this machine are admitted. */
  readonly token: string | undefined;
  readonly trust: ProxyTrust;
  readonly monotonicMs?: () => number;
  readonly wallMs?: () => number;
}

/** The cookie of that name, or undefined. */
function readCookie(request: IncomingMessage, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? "").split(";")) {
    const [key, ...value] = pair.split("=");
    if (key?.trim() === name) return value.join("=").trim();
  }
  return undefined;
}

/** Directly from this machine: no proxy on the way, and not by a name that somebody else's DNS could point here. */
export function isLoopbackRequest(request: IncomingMessage): boolean {
  const { host = "", forwarded, "x-forwarded-for": forwardedFor } = request.headers;
  if (forwarded !== undefined || forwardedFor !== undefined) return false;
  return isLoopbackPeer(request) && /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i.test(host);
}

/** Decides who is the administrator: by the token, by a login's cookie, or, when no token is set, by being on this machine. */
export class Admin {
  readonly #token: string | undefined;
  readonly #sessions: AdminSessions | undefined;
  readonly #attempts = new AttemptLimit();
  readonly #options: AdminOptions;

  constructor(options: AdminOptions) {
    this.#options = options;
    this.#token = options.token;
    this.#sessions = options.token === undefined ? undefined : new AdminSessions(options.token);
  }

  admit(request: IncomingMessage): Admission {
    if (this.#token === undefined) return admitLoopback(request);
    const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined) return this.#judge(request, bearer);
    const cookie = readCookie(request, ADMIN_COOKIE);
    if (cookie !== undefined && this.#sessions?.isValid(cookie, this.#wallMs())) return { ok: true };
    return {
      ok: false,
      status: 401,
      problem: "this needs the admin token: send it as Authorization: Bearer, or log in at /api/login",
    };
  }

  logIn(request: IncomingMessage, token: unknown): Login {
    if (this.#sessions === undefined) {
      return { ok: false, status: 400, problem: "no admin token is set, so there is no login" };
    }
    if (typeof token !== "string") {
      return { ok: false, status: 400, problem: 'the body must be JSON such as {"token":"…"}' };
    }
    const verdict = this.#judge(request, token);
    return verdict.ok ? { ok: true, cookie: this.#sessions.issue(this.#wallMs()) } : verdict;
  }

  logOut(request: IncomingMessage): void {
    const cookie = readCookie(request, ADMIN_COOKIE);
    if (cookie !== undefined) this.#sessions?.revoke(cookie, this.#wallMs());
  }

  /** Compares a token, and counts failures by client so that guessing is slow. */
  #judge(request: IncomingMessage, token: string): Admission {
    const client = addressGroup(clientAddress(request, this.#options.trust));
    const now = this.#monotonicMs();
    if (this.#attempts.isExhausted(client, now)) {
      const retryAfterS = Math.ceil(this.#attempts.waitMs(now) / 1_000);
      const problem = `too many wrong admin tokens from your address; try again in ${retryAfterS} s`;
      return { ok: false, status: 429, problem, retryAfterS };
    }
    if (sameSecret(token, this.#token ?? "")) return { ok: true };
    this.#attempts.failed(client, now);
    return { ok: false, status: 401, problem: "the admin token is wrong" };
  }

  #monotonicMs(): number {
    return this.#options.monotonicMs?.() ?? performance.now();
  }

  #wallMs(): number {
    return this.#options.wallMs?.() ?? Date.now();
  }
}

function admitLoopback(request: IncomingMessage): Admission {
  if (isLoopbackRequest(request)) return { ok: true };
  const problem =
    "no admin token is set, so this answers only requests sent directly from the machine itself";
  return { ok: false, status: 403, problem };
}
