import { describe, expect, it } from "vitest";
import { parseConfig, type ServiceConfig } from "./config.ts";

function configOf(flags: Record<string, unknown> = {}, env: NodeJS.ProcessEnv = {}): ServiceConfig {
  const result = parseConfig(flags, env);
  if (!result.ok) throw new Error(result.problems.join("\n"));
  return result.config;
}

function problemsOf(flags: Record<string, unknown>, env: NodeJS.ProcessEnv = {}): string[] {
  const result = parseConfig(flags, env);
  return result.ok ? [] : result.problems;
}

describe("the defaults", () => {
  it("are those of the help", () => {
    const { node, ...config } = configOf();
    expect(config).toEqual({
      host: "127.0.0.1",
      port: 8080,
      intervalMs: 30_000,
      answerInMs: 5_000,
      probeInMs: 5_000,
      adaptive: "measuring",
      drainMs: 10_000,
      logLevel: "info",
      allowOrigins: [],
      maxConnections: 10_000,
      maxPerAddress: Number.POSITIVE_INFINITY,
      trustProxies: [],
      basePath: "/",
      sessionKeepMs: 120_000,
      maxSessions: 20_000,
      roomKeepMs: 600_000,
      maxRooms: 10_000,
      roomBytes: 1_048_576,
      historyBytes: 268_435_456,
      roomMessages: 1_000,
      acceptRate: 1_000,
    });
    expect(node).toMatch(/^[\w.-]{1,64}$/);
    expect(node).toContain(`-${process.pid}`);
  });

  it("of answer and probe follow the interval, the session's too", () => {
    expect(configOf({ interval: "1s" })).toMatchObject({ answerInMs: 167, probeInMs: 167 });
    expect(configOf({ interval: "5m" })).toMatchObject({ answerInMs: 5_000, sessionKeepMs: 900_000 });
    expect(configOf({ maxConnections: "7" })).toMatchObject({ maxSessions: 14 });
  });
});

describe("given values", () => {
  it("come from flags, then from the environment, where an empty one is none", () => {
    const env = { LUBDUB_INTERVAL: "2s", LUBDUB_PORT: "9000", LUBDUB_NODE: "" };
    expect(configOf({ port: "0" }, env)).toMatchObject({ port: 0, intervalMs: 2_000 });
  });

  it("of lists are repeated as flags and comma separated in the environment", () => {
    const due = { allowOrigins: ["https://a.example", "http://b.example:81"] };
    expect(configOf({ allowOrigin: ["https://a.example", "http://b.example:81"] })).toMatchObject(due);
    expect(configOf({}, { LUBDUB_ALLOW_ORIGIN: "https://A.example:443, http://b.example:81" })).toMatchObject(
      due,
    );
    expect(configOf({ trustProxy: "10.0.0.0/8,::1" })).toMatchObject({ trustProxies: ["10.0.0.0/8", "::1"] });
  });

  it.each([
    [{ host: "[::1]" }, { host: "::1" }],
    [{ basePath: "/live" }, { basePath: "/live/" }],
    [{ basePath: "/a/b/" }, { basePath: "/a/b/" }],
    [{ maxPerAddress: "5" }, { maxPerAddress: 5 }],
    [{ roomBytes: "2MiB", historyBytes: "2MiB" }, { roomBytes: 2_097_152 }],
    [{ allowOrigin: ["capacitor://localhost"] }, { allowOrigins: ["capacitor://localhost"] }],
    [{ adminToken: "correct-horse" }, { adminToken: "correct-horse" }],
    [{ interval: "60s", proxyIdle: "2m", drain: "30s", stopGrace: "30s" }, { drainMs: 30_000 }],
  ])("%j give %j", (flags, due) => expect(configOf(flags)).toMatchObject(due));
});

describe("a mistake is refused in one sentence with both sides", () => {
  it.each<[Record<string, unknown>, string]>([
    [{ interval: "15 minutes" }, '--interval must be from 200ms to 5m, got "15 minutes"'],
    [{ interval: "100ms" }, '--interval must be from 200ms to 5m, got "100ms"'],
    [{ interval: "250ms" }, '--interval must be a whole number of tenths of a second, got "250ms"'],
    [{ interval: true }, "--interval must be from 200ms to 5m, got nothing"],
    [{ port: "70000" }, '--port must be a whole number from 0 to 65535, got "70000"'],
    [{ port: "8o8o" }, '--port must be a whole number from 0 to 65535, got "8o8o"'],
    [{ host: "a b" }, '--host must be a host name or an IP address, got "a b"'],
    [
      { logLevel: "loud" },
      '--log-level must be trace, debug, info, warn, error, fatal or silent, got "loud"',
    ],
    [
      { adminToken: "hunter2" },
      "--admin-token must be at least 8 visible ASCII characters without spaces, got 7 characters",
    ],
    [
      { allowOrigin: ["https://ok.example", "example"] },
      '--allow-origin must be an origin such as https://example.com, without a path, got "example"',
    ],
    [
      { allowOrigin: ["https://example.com/"] },
      '--allow-origin must be an origin such as https://example.com, without a path, got "https://example.com/"',
    ],
    [
      { trustProxy: ["10.0.0.0/99"] },
      '--trust-proxy must be an IP address or a network such as 10.0.0.0/8, got "10.0.0.0/99"',
    ],
    [
      { maxPerAddress: "0" },
      '--max-per-address must be a whole number from 1 to 1000000, or unlimited, got "0"',
    ],
    [{ basePath: "live" }, '--base-path must be a path such as / or /lubdub/, got "live"'],
    [{ basePath: "/../x" }, '--base-path must be a path such as / or /lubdub/, got "/../x"'],
    [{ roomBytes: "1MB" }, '--room-bytes must be a size from 64KiB to 1GiB, got "1MB"'],
    [{ node: "a b" }, '--node must be 1 to 64 of the characters A-Z a-z 0-9 . _ -, got "a b"'],
    [
      { answerIn: "20s", probeIn: "20s" },
      "--answer-in 20s and --probe-in 20s must together be below --interval 30s (default), got 40s",
    ],
    [
      { answerIn: "700ms", interval: "700ms" },
      "--answer-in 700ms and --probe-in 117ms (default) must together be below --interval 700ms, got 817ms",
    ],
    [{ proxyIdle: "40s" }, "--interval 30s (default) must be at most half of --proxy-idle 40s, which is 20s"],
    [
      { sessionKeep: "10s" },
      "--session-keep 10s must be at least three times --interval 30s (default), which is 90s",
    ],
    [{ stopGrace: "5s" }, "--drain 10s (default) must be at most --stop-grace 5s"],
    [{ historyBytes: "512KiB" }, "--history-bytes 512KiB must be at least --room-bytes 1MiB (default)"],
  ])("%j", (flags, sentence) => expect(problemsOf(flags)).toEqual([sentence]));

  it("names the variable when the value came from there", () => {
    expect(problemsOf({}, { LUBDUB_INTERVAL: "15 minutes", LUBDUB_TRUST_PROXY: "::1,x" })).toEqual([
      'LUBDUB_INTERVAL must be from 200ms to 5m, got "15 minutes"',
      'LUBDUB_TRUST_PROXY must be an IP address or a network such as 10.0.0.0/8, got "x"',
    ]);
    expect(problemsOf({ probeIn: "6s" }, { LUBDUB_ANSWER_IN: "25s" })).toEqual([
      "LUBDUB_ANSWER_IN 25s and --probe-in 6s must together be below --interval 30s (default), got 31s",
    ]);
  });

  it("and all mistakes are listed at once, those of the proof that can be judged too", () => {
    expect(problemsOf({ port: "x", interval: "1h", answerIn: "29s", stopGrace: "1s" })).toEqual([
      '--port must be a whole number from 0 to 65535, got "x"',
      '--interval must be from 200ms to 5m, got "1h"',
      "--drain 10s (default) must be at most --stop-grace 1s",
    ]);
  });
});
