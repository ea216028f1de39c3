import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type Exposition, parseExposition } from "./exposition.ts";
import { repositoryRoot } from "./repository-root.ts";

/** A `lubdub serve` of its own process on a free port of loopback. Disposing it ends the process. */
export interface ServiceProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly httpUrl: string;
  readonly wsUrl: string;
  /** All the process has printed so far. */
  output(): string;
  /** Reads /metrics once. */
  metrics(): Promise<Exposition>;
  /** Sends the signal and resolves with the exit code and the time the process took to end, in milliseconds. */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly tookMs: number }>;
}

const LISTENING = /lubdub listening on (http:\/\/\S+)/;

/** Resolves with the address the process says it listens on; rejects with its output when it ends before. */
function listeningAddress(child: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const address = LISTENING.exec(output())?.[1];
      if (address !== undefined) resolve(address);
    };
    child.stdout?.on("data", look);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the service ended with ${code}: ${output()}`)));
  });
}

/**
 * Starts a service with these flags (`--port 0` unless a port is given) and waits until it listens.
 * `program` is a module that takes the same flags as `lubdub`; default the command itself.
 */
export async function startServiceProcess(
  flags: readonly string[],
  program = new URL("apps/service/bin/lubdub.mjs", repositoryRoot),
): Promise<ServiceProcess> {
  const port = flags.includes("--port") ? [] : ["--port", "0"];
  const child = spawn(process.execPath, [fileURLToPath(program), "serve", ...port, ...flags], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      printed = (printed + chunk).slice(-1_000_000);
    });
  }
  const output = (): string => printed;
  const httpUrl = await listeningAddress(child, output);
  return serviceOf(child, httpUrl.replace(/\/$/, ""), output);
}

function serviceOf(child: ChildProcess, httpUrl: string, output: () => string): ServiceProcess {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    pid: child.pid ?? 0,
    httpUrl,
    wsUrl: `${httpUrl.replace(/^http/, "ws")}/ws`,
    output,
    async metrics() {
      const response = await fetch(`${httpUrl}/metrics`);
      if (!response.ok) throw new Error(`/metrics answered ${response.status}: ${await response.text()}`);
      return parseExposition(await response.text());
    },
    async end(signal) {
      const startedAt = performance.now();
      if (!hasEnded()) {
        const ended = once(child, "exit");
        child.kill(signal);
        await ended;
      }
      return { code: child.exitCode, tookMs: performance.now() - startedAt };
    },
    async [Symbol.asyncDispose]() {
      if (hasEnded()) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
