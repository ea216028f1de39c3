import type { IncomingMessage } from "node:http";
import { describe, expect, it } from "vitest";
import { ADMIN_COOKIE, Admin } from "./admin.ts";
import { ADMIN_SESSION_MS } from "./admin-session.ts";

const TOKEN = "correct-horse";

function request(headers: Record<string, string>, remoteAddress = "203.0.113.9"): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

const bearer = (token: string): IncomingMessage => request({ authorization: `Bearer ${token}` });
const withCookie = (value: string): IncomingMessage => request({ cookie: `a=b; ${ADMIN_COOKIE}=${value}` });

describe("without an admin token", () => {
  it.each<[string, boolean, Record<string, string>, string]>([
    ["this machine by its name", true, { host: "localhost:8080" }, "127.0.0.1"],
    ["this machine by its address", true, { host: "127.0.0.1" }, "::ffff:127.0.0.1"],
    ["this machine over IPv6", true, { host: "[::1]:8080" }, "::1"],
    ["another machine", false, { host: "localhost:8080" }, "203.0.113.9"],
    ["a name that could point here by somebody's DNS", false, { host: "evil.example:8080" }, "127.0.0.1"],
    ["a name that begins well", false, { host: "localhost.evil.example" }, "127.0.0.1"],
    ["a proxy on this machine", false, { host: "localhost", "x-forwarded-for": "1.2.3.4" }, "127.0.0.1"],
    ["a proxy that says so in the new way", false, { host: "localhost", forwarded: "for=x" }, "127.0.0.1"],
    ["no Host at all", false, {}, "127.0.0.1"],
  ])("%s: %s", (_who, due, headers, peer) => {
    const admission = new Admin({ token: undefined, trust: [] }).admit(request(headers, peer));
    expect(admission.ok ? 200 : admission.status).toBe(due ? 200 : 403);
  });

  it("there is no login", () => {
    const login = new Admin({ token: undefined, trust: [] }).logIn(request({}), "x");
    expect(login).toMatchObject({ ok: false, status: 400 });
  });
});

describe("with an admin token", () => {
  it("the token is let in, from anywhere; nothing and a wrong one are not, not even from this machine", () => {
    const admin = new Admin({ token: TOKEN, trust: [] });
    expect(admin.admit(bearer(TOKEN))).toEqual({ ok: true });
    expect(admin.admit(bearer("wrong"))).toMatchObject({ status: 401, problem: "the admin token is wrong" });
    expect(admin.admit(request({ host: "localhost" }, "127.0.0.1"))).toMatchObject({ status: 401 });
  });

  it("a login's cookie is let in, holds no token, and ends by time, by logout and with another token", () => {
    let now = 1_000;
    const admin = new Admin({ token: TOKEN, trust: [], wallMs: () => now });
    const login = admin.logIn(request({}), TOKEN);
    if (!login.ok) throw new Error(login.problem);
    expect(login.cookie).not.toContain(TOKEN);
    expect(admin.admit(withCookie(login.cookie))).toEqual({ ok: true });
    expect(admin.admit(withCookie(`9${login.cookie}`))).toMatchObject({ status: 401 });
    expect(new Admin({ token: TOKEN, trust: [], wallMs: () => now }).admit(withCookie(login.cookie)).ok).toBe(
      true,
    );
    expect(new Admin({ token: "another-token", trust: [] }).admit(withCookie(login.cookie)).ok).toBe(false);
    now += ADMIN_SESSION_MS;
    expect(admin.admit(withCookie(login.cookie)).ok).toBe(false);
    now = 1_000;
    admin.logOut(withCookie(login.cookie));
    expect(admin.admit(withCookie(login.cookie)).ok).toBe(false);
  });

  it("ten wrong tokens within a minute shut an address out, others not", () => {
    let now = 0;
    const admin = new Admin({ token: TOKEN, trust: [], monotonicMs: () => now });
    for (let n = 0; n < 10; n++) expect(admin.logIn(request({}), "wrong")).toMatchObject({ status: 401 });
    now = 20_000;
    expect(admin.logIn(request({}), TOKEN)).toMatchObject({ status: 429, retryAfterS: 40 });
    expect(admin.admit(bearer(TOKEN))).toMatchObject({ status: 429 });
    expect(admin.logIn(request({}, "203.0.113.10"), TOKEN).ok).toBe(true);
    now = 60_000;
    expect(admin.admit(bearer(TOKEN)).ok).toBe(true);
  });
});
