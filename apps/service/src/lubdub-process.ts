import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { readCommandLine } from "./command-line.ts";
import type { ServiceConfig } from "./config.ts";
import { formatDuration } from "./duration.ts";
import { createLoggers, type Loggers } from "./logger.ts";
import { type RunningService, startService } from "./serve.ts";
import { ServiceError } from "./service-error.ts";

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "";
}

function complain(sentences: readonly string[]): void {
  process.stderr.write(sentences.map((sentence) => `lubdub: ${sentence}\n`).join(""));
}

/** A fault that nobody caught leaves the process in an unknown state: it is logged, and the process ends with 1. */
function endOnFault(loggers: Loggers): void {
  const end = (error: unknown): void => {
    loggers.service.fatal({ err: error }, "a fault that nobody caught ends the process");
    void loggers.flush().then(() => process.exit(1));
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}

/** The first signal drains and ends with 0, also while starting; a second one ends at once, with 128 and its number. */
function stopOnSignals(started: Promise<RunningService>, config: ServiceConfig, loggers: Loggers): void {
  let isStopping = false;
  const stop = async (signal: (typeof STOP_SIGNALS)[number]): Promise<void> => {
    if (isStopping) process.exit(128 + constants.signals[signal]);
    isStopping = true;
    const within = formatDuration(config.drainMs);
    process.stdout.write(`lubdub draining within ${within} (${signal}); a second signal ends at once\n`);
    const service = await started;
    await service.stop();
    await loggers.flush();
    process.exit(0);
  };
  for (const signal of STOP_SIGNALS) process.on(signal, stop);
}

async function serve(config: ServiceConfig): Promise<void> {
  // Whoever read our lines may go away; that is no reason to end connections.
  process.stdout.on("error", () => undefined);
  const loggers = createLoggers(config.logLevel);
  endOnFault(loggers);
  const started = startService(config, { stdout: process.stdout, loggers });
  stopOnSignals(started, config, loggers);
  try {
    await started;
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    complain([error.message]);
    process.exit(1);
  }
}

/** The command `lubdub`: reads the command line, then this very process is the server. */
export async function runLubdub(): Promise<void> {
  const order = readCommandLine(process.argv.slice(2), process.env, packageVersion());
  switch (order.kind) {
    case "serve":
      return serve(order.config);
    case "print":
      process.stdout.write(order.text);
      return;
    case "refuse":
      complain(order.problems);
      process.exitCode = 2;
      return;
    default:
      return order satisfies never;
  }
}
