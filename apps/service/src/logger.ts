import { type DestinationStream, destination, type Logger, pino } from "pino";
import type { ServiceConfig } from "./config.ts";

/** The two loggers of a process. */
export interface Loggers {
  /** Everything but beats; its name is `lubdub`. */
  readonly service: Logger;
  /** Beats, missed answers and verdicts; its name is `websocket.heartbeat`. */
  readonly heartbeat: Logger;
  /** Resolves when what is still in memory is written out. */
  flush(): Promise<void>;
}

const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;
/** A log that nobody reads must not keep the process from ending, in milliseconds. */
const FLUSH_MS = 100;

/** Resolves when the stream has written what it holds, or after a short while. */
async function flushed(stream: DestinationStream): Promise<void> {
  if (!("flush" in stream) || typeof stream.flush !== "function") return;
  const { flush } = stream;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, FLUSH_MS);
    flush.call(stream, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/**
 * JSON lines on stderr, stdout is for people. Written without blocking the event loop: a slow reader of the log must not
 * delay a beat; beyond 8 MiB unread, lines are dropped.
 */
export function createLoggers(level: ServiceConfig["logLevel"], stream?: DestinationStream): Loggers {
  // With a least length of 0 a flush would not wait for a write under way.
  const target = stream ?? destination({ dest: 2, sync: false, minLength: 1, maxLength: MAX_BUFFERED_BYTES });
  return {
    service: pino({ name: "lubdub", level }, target),
    heartbeat: pino({ name: "websocket.heartbeat", level }, target),
    flush: () => flushed(target),
  };
}
