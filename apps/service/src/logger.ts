import { type DestinationStream, destination, type Logger, pino } from "pino";
import type { ServiceConfig } from "./config.ts";

/** The two loggers of a process. */
export interface Loggers {
  /** Everything but beats; its name is `lubdub`. */
  readonly service: Logger;
  /** Beats, missed answers and verdicts; its name is `websocket.heartbeat`. */
  readonly heartbeat: Logger;
  /** Writes out what is still in memory. */
  flush(): void;
}

const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/**
 * JSON lines on stderr, stdout is for people. Written without blocking the event loop: a slow reader of the log must not
 * delay a beat; beyond 8 MiB unread, lines are dropped.
 */
export function createLoggers(level: ServiceConfig["logLevel"], stream?: DestinationStream): Loggers {
  const stderr = stream ?? destination({ dest: 2, sync: false, minLength: 0, maxLength: MAX_BUFFERED_BYTES });
  return {
    service: pino({ name: "lubdub", level }, stderr),
    heartbeat: pino({ name: "websocket.heartbeat", level }, stderr),
    flush() {
      if ("flushSync" in stderr && typeof stderr.flushSync === "function") {
        try {
          stderr.flushSync();
        } catch {
          // Nothing was opened yet, or the reader has gone: there is nobody left to tell.
        }
      }
    },
  };
}
