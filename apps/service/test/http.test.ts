import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { row } from "./fake-gateway.ts";
import { startTestService } from "./running-service.ts";

const json = async (response: Response): Promise<unknown> => response.json();

/** Sends bytes as they are and reads until the server closes. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    answer += chunk;
  });
  socket.write(text);
  await once(socket, "close");
  return answer;
}

/** A folder with a console as the bundler leaves it. */
async function builtConsole(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), "lubdub-console-"));
  await mkdir(join(path, "assets"));
  await writeFile(join(path, "index.html"), '<!doctype html><script src="./assets/index-B1.js"></script>');
  await writeFile(join(path, "assets/index-B1.js"), `"${"x".repeat(2_000)}"`);
  await writeFile(join(path, "favicon.svg"), "<svg/>");
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

describe("the start", () => {
  it("prints where it listens and what is in force, without secrets", async () => {
    await using test = await startTestService({ adminToken: "correct-horse", interval: "1s", node: "n1" });
    expect(test.printed.join("")).toBe(
      `lubdub listening on http://127.0.0.1:${test.service.port}\n` +
        "interval 1s · answer in 167ms · probe in 167ms · drain 10s · at most 10000 connections · admin token set · " +
        "origins: same · proxies: none · node n1 · " +
        "a dead peer is noticed within 1.3 s (834 ms on average); a healthy one survives a 2 s stall\n",
    );
  });

  it("writes IPv6 hosts in brackets, and the base path behind", async () => {
    await using test = await startTestService({ host: "::1", basePath: "/live" });
    expect(test.service.url).toBe(`http://[::1]:${test.service.port}/live/`);
    expect((await test.get("/live/healthz")).status).toBe(200);
  });

  it.each([
    [{ port: "PORT" }, "port_in_use", /^port \d+ is already in use on 127\.0\.0\.1: .*--port/],
    [{ host: "192.0.2.1" }, "host_unknown", /^192\.0\.2\.1 is no address of this machine: .*--host/],
    [{ host: "no-such-host.invalid" }, "host_unknown", /^the host name no-such-host\.invalid .*--host/],
  ])("that cannot be says why: %j", async (flags, code, message) => {
    await using test = await startTestService();
    const port = "port" in flags ? test.service.port : 0;
    await expect(startTestService({ ...flags, port })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe("the probes", () => {
  it("say that the process lives and takes traffic", async () => {
    await using test = await startTestService();
    const health = await test.get("/healthz");
    expect([health.status, await json(health)]).toEqual([200, { alive: true }]);
    expect(await json(await test.get("/readyz"))).toEqual({ ready: true });
  });

  it("say while draining that no traffic is taken, and why", async () => {
    await using test = await startTestService();
    const drain = await test.get("/api/drain", { method: "POST" });
    expect([drain.status, await json(drain)]).toEqual([202, { draining: true, withinMs: 10_000 }]);
    const ready = await test.get("/readyz");
    expect([ready.status, await json(ready)]).toEqual([
      503,
      { ready: false, reason: "this node is draining" },
    ]);
    expect((await test.get("/healthz")).status).toBe(200);
    expect(await json(await test.get("/api/fleet"))).toMatchObject({ nodes: [{ state: "draining" }] });
  });

  it("draining twice drains once, within the drain time", async () => {
    await using test = await startTestService({ drain: "4s" });
    await test.get("/api/drain", { method: "POST" });
    const stopped = test.service.stop();
    test.gateway.finishDrain();
    await stopped;
    expect(test.gateway.drains).toEqual([3_500]);
    expect(test.gateway.terminated).toBe(1);
  });

  it("a drain that hangs is ended by force within the drain time", async () => {
    const test = await startTestService({ drain: "500ms" });
    const startedAt = performance.now();
    await test.service.stop();
    expect(performance.now() - startedAt).toBeLessThan(500);
    expect(test.gateway.terminated).toBe(1);
  });
});

describe("metrics", () => {
  it("are served as Prometheus reads them", async () => {
    await using test = await startTestService();
    const response = await test.get("/metrics");
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain("app_heartbeats_sent_total 0");
  });
});

describe("the fleet", () => {
  it("is this node", async () => {
    await using test = await startTestService({ node: "n1" });
    test.gateway.rows = [row(1), row(2)];
    const counts = {
      connections: 2,
      health: { waiting: 0, connected: 2, warning: 0, error: 0, paused: 0 },
      sessions: 2,
      rooms: 1,
    };
    expect(await json(await test.get("/api/fleet"))).toEqual({
      nodes: [{ node: "n1", state: "up", ...counts }],
      totals: { nodes: 1, ...counts },
    });
  });
});

describe("connections", () => {
  it("are shown a page at a time", async () => {
    await using test = await startTestService();
    test.gateway.rows = [row(3), row(1), row(2)];
    const first = (await json(await test.get("/api/connections?limit=2"))) as {
      connections: { connection: number }[];
      total: number;
      next: string;
    };
    expect(first.connections.map(({ connection }) => connection)).toEqual([1, 2]);
    expect(first.total).toBe(3);
    test.gateway.rows = [row(3), row(2), row(4)];
    const second = await json(await test.get(`/api/connections?limit=2&cursor=${first.next}`));
    expect(second).toMatchObject({ connections: [{ connection: 3 }, { connection: 4 }], next: null });
  });

  it("that closed are shown when asked for, and each with its story", async () => {
    await using test = await startTestService();
    test.gateway.rows = [row(1), row(2, { state: "closed", cause: "policy" })];
    expect(await json(await test.get("/api/connections?state=closed"))).toMatchObject({
      connections: [{ connection: 2, cause: "policy" }],
    });
    expect(await json(await test.get("/api/connections/2"))).toMatchObject({
      connection: 2,
      story: [{ kind: "opened" }],
    });
    const missing = await test.get("/api/connections/2x");
    expect([missing.status, await json(missing)]).toEqual([
      404,
      { error: 'no connection "2x" is open or among the last that closed' },
    ]);
  });

  it.each([
    ["limit=0", '?limit must be a whole number from 1 to 1000, got "0"'],
    ["health=ill", '?health must be waiting, connected, warning, error or paused, got "ill"'],
    ["room=a%20b", '?room must be 1 to 64 of A-Z a-z 0-9 . _ -, got "a b"'],
    ["state=shut", '?state must be open, draining or closed, got "shut"'],
    ["cursor=x", '?cursor must be a cursor from an earlier answer, got "x"'],
    ["colour=red", "?colour is not known (health, room, state, sort, limit, cursor)"],
  ])("refuse ?%s", async (query, error) => {
    await using test = await startTestService();
    const response = await test.get(`/api/connections?${query}`);
    expect([response.status, await json(response)]).toEqual([400, { error }]);
  });
});

describe("refusals are JSON with a sentence", () => {
  it.each<[string, string, string, number, string]>([
    ["an unknown path", "GET", "/nowhere", 404, "there is nothing at /nowhere"],
    ["a wrong method", "DELETE", "/healthz", 405, "/healthz answers GET, HEAD only, got DELETE"],
    ["reading what is to be posted", "GET", "/api/drain", 405, "/api/drain answers POST only, got GET"],
    [
      "a WebSocket path without upgrade",
      "GET",
      "/ws",
      426,
      "/ws is a WebSocket endpoint: connect to it with ws:// or wss://",
    ],
    [
      "a login where no token is set",
      "POST",
      "/api/login",
      400,
      "no admin token is set, so there is no login",
    ],
  ])("%s", async (_what, method, path, status, error) => {
    await using test = await startTestService();
    const response = await test.get(path, { method });
    expect([response.status, await json(response)]).toEqual([status, { error }]);
  });

  it("a POST of a foreign origin, whatever its path", async () => {
    await using test = await startTestService({ allowOrigin: ["https://app.example"] });
    for (const path of ["/api/login", "/api/logout", "/api/drain", "/nowhere"]) {
      const response = await test.get(path, { method: "POST", headers: { origin: "https://evil.example" } });
      expect([response.status, await json(response)]).toEqual([
        403,
        { error: "this origin may not post here: allow it with --allow-origin" },
      ]);
    }
    const headers = { origin: "https://app.example" };
    expect((await test.get("/api/drain", { method: "POST", headers })).status).toBe(202);
  });

  it("headers that are too large, and what is no HTTP", async () => {
    await using test = await startTestService();
    const { port } = test.service;
    const large = await raw(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(large).toMatch(/^HTTP\/1\.1 431 [\s\S]*\{"error":"the headers are larger than 16384 bytes"\}$/);
    expect(await raw(port, "hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [\s\S]*"this is no HTTP request"/);
    const badHost = await raw(port, "GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n");
    expect(badHost).toMatch(/^HTTP\/1\.1 400 [\s\S]*\{"error":/);
  });

  it("a request without a Host is no administrator's", async () => {
    await using test = await startTestService();
    const answer = await raw(test.service.port, "GET /metrics HTTP/1.0\r\n\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("a fault of ours is counted and answered with 500", async () => {
    await using test = await startTestService();
    test.gateway.connections = () => {
      throw new Error("broken");
    };
    const response = await test.get("/api/connections");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("broken");
    expect(await (await test.get("/metrics")).text()).toContain('app_errors_total{where="http"} 1');
  });
});

describe("HEAD", () => {
  it.each(["/", "/healthz", "/readyz", "/metrics", "/api/connections", "/api/fleet"])(
    "answers %s like GET, without the body",
    async (path) => {
      await using test = await startTestService();
      const [get, head] = [await test.get(path), await test.get(path, { method: "HEAD" })];
      expect(head.status).toBe(get.status);
      expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
      expect(await head.text()).toBe("");
    },
  );
});

describe("upgrades", () => {
  const upgrade = (path: string, protocol = "websocket"): string =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\n`;

  it("at <base>/ws go to the gateway, with their query", async () => {
    await using test = await startTestService({ basePath: "/live/" });
    expect(await raw(test.service.port, upgrade("/live/ws?room=a"))).toMatch(/^HTTP\/1\.1 418/);
    expect(test.gateway.upgrades).toEqual(["/live/ws?room=a"]);
  });

  it.each([
    [
      "/other",
      "websocket",
      /^HTTP\/1\.1 404 [\s\S]*"error":"there is no WebSocket endpoint at \/other: connect to \/ws"/,
    ],
    ["/ws/", "websocket", /^HTTP\/1\.1 404 /],
  ])("at %s to %s are refused", async (path, protocol, due) => {
    await using test = await startTestService();
    expect(await raw(test.service.port, upgrade(path, protocol))).toMatch(due);
    expect(test.gateway.upgrades).toEqual([]);
  });

  it("to HTTP/2, as Java and curl offer with ordinary requests, are answered as if they were not offered", async () => {
    await using test = await startTestService();
    const { port } = test.service;
    expect(await raw(port, upgrade("/healthz", "h2c"))).toMatch(/^HTTP\/1\.1 200 [\s\S]*\{"alive":true\}/);
    expect(await raw(port, upgrade("/ws", "h2c"))).toMatch(/^HTTP\/1\.1 426 /);
    const post = upgrade("/api/drain", "h2c").replace("GET", "POST");
    expect(await raw(port, post)).toMatch(/^HTTP\/1\.1 400 [\s\S]*"error":"only GET and HEAD/);
    expect(test.gateway.drains).toEqual([]);
  });
});

describe("the end", () => {
  it("comes although a peer holds its end of a connection open", async () => {
    const test = await startTestService({ drain: "1s" });
    const held = connect({ port: test.service.port, host: "127.0.0.1", allowHalfOpen: true });
    await once(held, "connect");
    held.write("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    const stopped = test.service.stop();
    test.gateway.finishDrain();
    await stopped;
    held.destroy();
    await expect(test.get("/healthz")).rejects.toThrow();
  });
});

describe("the console", () => {
  it("says when it is not built", async () => {
    await using test = await startTestService({}, { consoleDir: "/nonexistent" });
    const response = await test.get("/");
    expect(response.status).toBe(503);
    expect(response.headers.get("content-type")).toMatch(/^text\/html/);
    expect(await response.text()).toContain("npm run build");
  });

  it("is served with its types, caching and a strict policy", async () => {
    await using files = await builtConsole();
    await using test = await startTestService({}, { consoleDir: files.path });
    const index = await test.get("/");
    expect(await index.text()).toContain("./assets/index-B1.js");
    expect(Object.fromEntries(index.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "content-security-policy": expect.stringContaining("connect-src 'self' ws: wss:"),
    });
    const script = await test.get("/assets/index-B1.js");
    expect(Object.fromEntries(script.headers)).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "cache-control": "public, max-age=31536000, immutable",
      "content-encoding": "gzip",
    });
    expect(await script.text()).toHaveLength(2_002);
    expect((await test.get("/favicon.svg")).headers.get("content-type")).toBe("image/svg+xml");
  });

  it("is not sent again when the browser has it", async () => {
    await using files = await builtConsole();
    await using test = await startTestService({}, { consoleDir: files.path });
    const etag = (await test.get("/")).headers.get("etag") ?? "";
    expect((await test.get("/", { headers: { "if-none-match": etag } })).status).toBe(304);
  });

  it("never shows a file beside it", async () => {
    await using files = await builtConsole();
    await using test = await startTestService({}, { consoleDir: join(files.path, "assets") });
    for (const path of ["/../index.html", "/%2e%2e/index.html", "/..%2findex.html"]) {
      const answer = await raw(
        test.service.port,
        `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    }
  });

  it("lives below the base path, and the way there without its slash leads there", async () => {
    await using files = await builtConsole();
    await using test = await startTestService({ basePath: "/live" }, { consoleDir: files.path });
    expect((await test.get("/live/")).status).toBe(200);
    expect((await test.get("/live/assets/index-B1.js")).status).toBe(200);
    const redirect = await test.get("/live");
    expect([redirect.status, redirect.headers.get("location")]).toEqual([308, "/live/"]);
    const outside = await test.get("/healthz");
    expect([outside.status, await json(outside)]).toEqual([404, { error: "there is nothing at /healthz" }]);
  });
});
