import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = join(root, "apps/service/bin/lubdub.mjs");

interface Lubdub extends AsyncDisposable {
  readonly child: ChildProcess;
  /** What was printed so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves with the match once stdout fits. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with exit code and signal. */
  ended(): Promise<[number | null, NodeJS.Signals | null]>;
}

/** Runs the committed command as a process of its own, with no variable of ours but these. */
function lubdub(flags: readonly string[], env: NodeJS.ProcessEnv = {}, program = bin): Lubdub {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [program, ...flags], {
    env: { PATH, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  const end = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(stdout);
          if (match !== null) resolve(match);
        };
        child.stdout.on("data", look);
        end.then(() => reject(new Error(`ended without saying ${pattern}: ${stdout}${stderr}`)), reject);
        look();
      }),
    ended: () => end,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await end;
    },
  };
}

const LISTENING = /^lubdub listening on (http:\/\/127\.0\.0\.1:(\d+))\n(.+)\n/;

describe("the command lubdub", () => {
  beforeAll(async () => {
    await promisify(execFile)(join(root, "node_modules/.bin/tsc"), ["-b", "apps/service"], { cwd: root });
  }, 120_000);

  it("says where it listens and what is in force, and nothing else on stdout", async () => {
    await using service = lubdub(["serve", "--port", "0"], { LUBDUB_INTERVAL: "1s" });
    const [, url = "", , inForce] = await service.said(LISTENING);
    expect(inForce).toMatch(/^interval 1s · .*a dead peer is noticed within/);
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(service.stdout()).toMatch(new RegExp(`${LISTENING.source}$`));
  });

  it("logs JSON on stderr, with the detection budget", async () => {
    await using service = lubdub(["--port", "0"]);
    await service.said(LISTENING);
    service.child.kill("SIGTERM");
    await service.ended();
    const lines = service
      .stderr()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({
      name: "lubdub",
      msg: "listening",
      detection: expect.stringContaining("noticed within 40 s (25 s on average)"),
    });
    expect(lines.at(-1)).toMatchObject({ msg: "stopped" });
  });

  it("logs each round of beats at debug, under a name of its own", async () => {
    await using service = lubdub(["--port", "0", "--interval", "200ms", "--log-level", "debug"]);
    const [, , port] = await service.said(LISTENING);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    await once(socket, "message");
    socket.terminate();
    service.child.kill("SIGTERM");
    await service.ended();
    expect(service.stderr()).toMatch(/"level":20,[^\n]*"name":"websocket\.heartbeat",[^\n]*"msg":"beat"/);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("%s ends it with 0 within the drain time", async (signal) => {
    await using service = lubdub(["--port", "0", "--drain", "2s"]);
    await service.said(LISTENING);
    const startedAt = performance.now();
    service.child.kill(signal);
    expect(await service.ended()).toEqual([0, null]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it("a second signal ends it at once, with the signal's code", async () => {
    await using service = lubdub(["--port", "0", "--interval", "1s", "--drain", "60s"]);
    const [, , port] = await service.said(LISTENING);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    await once(socket, "open");
    service.child.kill("SIGTERM");
    await service.said(/draining within 1m \(SIGTERM\); a second signal ends at once/);
    service.child.kill("SIGINT");
    expect(await service.ended()).toEqual([130, null]);
  });

  it("a fault that nobody caught is logged and ends it with 1", async () => {
    const fault = 'process.on("SIGUSR2",()=>{throw new Error("broken")})';
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(fault)}`;
    await using service = lubdub(["--port", "0"], { NODE_OPTIONS });
    await service.said(LISTENING);
    service.child.kill("SIGUSR2");
    expect(await service.ended()).toEqual([1, null]);
    expect(service.stderr()).toMatch(/"level":60,.*"message":"broken".*"msg":"a fault that nobody caught/);
  });

  it("a port in use is told in one sentence that names the flag", async () => {
    await using first = lubdub(["--port", "0"]);
    const [, , port = ""] = await first.said(LISTENING);
    await using second = lubdub(["--port", port]);
    expect(await second.ended()).toEqual([1, null]);
    expect(second.stderr()).toBe(
      `lubdub: port ${port} is already in use on 127.0.0.1: choose another with --port, or --port 0 for a free one\n`,
    );
    expect(second.stdout()).toBe("");
  });

  it("mistakes are told on stderr, one line each, and end it with 2", async () => {
    await using service = lubdub(["serve", "--interval", "15 minutes", "--prot", "1"], {
      LUBDUB_DRAIN: "soon",
    });
    expect(await service.ended()).toEqual([2, null]);
    expect(service.stderr()).toBe(
      "lubdub: --prot is no flag of lubdub serve; did you mean --port?\n" +
        'lubdub: --interval must be from 200ms to 5m, got "15 minutes"\n' +
        'lubdub: LUBDUB_DRAIN must be from 100ms to 10m, got "soon"\n',
    );
    expect(service.stdout()).toBe("");
  });

  it.each([
    ["--version", /^\d+\.\d+\.\d+\n$/],
    ["--help", /Usage: lubdub[\s\S]*--interval <duration>/],
  ])("%s is printed and ends it with 0", async (flag, due) => {
    await using service = lubdub([flag]);
    expect(await service.ended()).toEqual([0, null]);
    expect(service.stdout()).toMatch(due);
  });
});

it("the command says how to build when there is no build", async () => {
  const folder = await mkdtemp(join(tmpdir(), "lubdub-unbuilt-"));
  try {
    await cp(bin, join(folder, "bin/lubdub.mjs"));
    await using service = lubdub([], {}, join(folder, "bin/lubdub.mjs"));
    expect(await service.ended()).toEqual([1, null]);
    expect(service.stderr()).toBe("lubdub: it is not built yet, run `npm run build` first\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
