import { describe, expect, it } from "vitest";
import { startTestService } from "./running-service.ts";

const TOKEN = "correct-horse";
const PATHS = ["/metrics", "/api/connections", "/api/fleet"];

const logIn = (token: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify({ token }),
});

describe("without a token", () => {
  it.each(PATHS)("%s answers this machine only", async (path) => {
    await using test = await startTestService();
    expect((await test.get(path)).status).toBe(200);
    const proxied = await test.get(path, { headers: { "x-forwarded-for": "127.0.0.1" } });
    expect([proxied.status, await proxied.json()]).toEqual([
      403,
      { error: "no admin token is set, so this answers only requests sent directly from the machine itself" },
    ]);
  });
});

describe("with a token", () => {
  it.each(PATHS)("%s asks for it", async (path) => {
    await using test = await startTestService({ adminToken: TOKEN });
    const nobody = await test.get(path);
    expect(nobody.status).toBe(401);
    expect(nobody.headers.get("www-authenticate")).toMatch(/^Bearer/);
    expect(await nobody.json()).toEqual({ error: expect.stringContaining("admin token") });
    expect((await test.get(path, { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
    expect((await test.get(path, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
  });

  it("the console, the probes and the login answer without it", async () => {
    await using test = await startTestService({ adminToken: TOKEN }, { consoleDir: "/nonexistent" });
    expect((await test.get("/healthz")).status).toBe(200);
    expect((await test.get("/readyz")).status).toBe(200);
    expect((await test.get("/")).status).toBe(503);
  });

  it("draining asks for it too", async () => {
    await using test = await startTestService({ adminToken: TOKEN });
    expect((await test.get("/api/drain", { method: "POST" })).status).toBe(401);
    expect(test.gateway.drains).toEqual([]);
  });

  it("a login sets a cookie that scripts cannot read, and a logout ends it", async () => {
    await using test = await startTestService({ adminToken: TOKEN, basePath: "/live" });
    const login = await test.get("/live/api/login", logIn(TOKEN));
    expect([login.status, await login.json()]).toEqual([200, { loggedIn: true }]);
    const setCookie = login.headers.get("set-cookie") ?? "";
    expect(setCookie).toMatch(
      /^lubdub_admin=[^;]+; Max-Age=43200; Path=\/live\/; HttpOnly; SameSite=Strict$/,
    );
    expect(setCookie).not.toContain(TOKEN);
    const headers = { cookie: setCookie.split(";", 1)[0] ?? "" };
    expect((await test.get("/live/api/fleet", { headers })).status).toBe(200);
    const logout = await test.get("/live/api/logout", { method: "POST", headers });
    expect(logout.headers.get("set-cookie")).toMatch(/^lubdub_admin=; Max-Age=0; Path=\/live\//);
    expect((await test.get("/live/api/fleet", { headers })).status).toBe(401);
  });

  it("the cookie is marked secure when a trusted proxy says that the request came over TLS", async () => {
    await using test = await startTestService({ adminToken: TOKEN, trustProxy: ["127.0.0.1"] });
    const secure = await test.get("/api/login", logIn(TOKEN, { "x-forwarded-proto": "https" }));
    expect(secure.headers.get("set-cookie")).toContain("; Secure");
    await using distrustful = await startTestService({ adminToken: TOKEN });
    const plain = await distrustful.get("/api/login", logIn(TOKEN, { "x-forwarded-proto": "https" }));
    expect(plain.headers.get("set-cookie")).not.toContain("Secure");
  });

  it.each<[string, RequestInit, number, string]>([
    ["a wrong token", logIn("wrong"), 401, "the admin token is wrong"],
    ["no token", logIn(undefined), 400, 'the body must be JSON such as {"token":"…"}'],
    ["no JSON", { method: "POST", body: "token" }, 400, 'the body must be JSON such as {"token":"…"}'],
    ["a large body", logIn("x".repeat(5_000)), 413, "the body must be at most 4096 bytes"],
  ])("a login with %s is refused", async (_what, init, status, error) => {
    await using test = await startTestService({ adminToken: TOKEN });
    const response = await test.get("/api/login", init);
    expect([response.status, await response.json()]).toEqual([status, { error }]);
  });

  it("guessing is stopped, with the time to wait", async () => {
    await using test = await startTestService({ adminToken: TOKEN });
    for (let n = 0; n < 10; n++) expect((await test.get("/api/login", logIn("wrong"))).status).toBe(401);
    const response = await test.get("/api/login", logIn(TOKEN));
    expect(response.status).toBe(429);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  });
});
