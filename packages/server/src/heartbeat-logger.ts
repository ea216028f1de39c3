/** What the engine writes its log to; pino fits. */
export interface HeartbeatLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
