/** Why the service could not start. */
export type ServiceErrorCode = "port_in_use" | "host_unknown" | "not_permitted" | "listen_failed";

/** The service's own error: callers branch on `code`, people read `message`, `cause` is what Node said. */
export class ServiceError extends Error {
  readonly code: ServiceErrorCode;

  constructor(code: ServiceErrorCode, message: string, options: ErrorOptions) {
    super(message, options);
    this.name = "ServiceError";
    this.code = code;
  }
}

const isErrno = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "code" in error;

/** Says in one sentence why listening failed, and which flag would change it. */
export function listenError(error: unknown, { host, port }: { host: string; port: number }): ServiceError {
  const options = { cause: error };
  switch (isErrno(error) ? error.code : undefined) {
    case "EADDRINUSE":
      return new ServiceError(
        "port_in_use",
        `port ${port} is already in use on ${host}: choose another with --port, or --port 0 for a free one`,
        options,
      );
    case "EACCES":
      return new ServiceError(
        "not_permitted",
        `this user may not listen on port ${port}: choose one above 1023 with --port`,
        options,
      );
    case "EADDRNOTAVAIL":
      return new ServiceError(
        "host_unknown",
        `${host} is no address of this machine: choose one with --host, or --host 0.0.0.0 for all`,
        options,
      );
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ServiceError(
        "host_unknown",
        `the host name ${host} is not known here: choose another with --host`,
        options,
      );
    default:
      return new ServiceError(
        "listen_failed",
        `cannot listen on --host ${host} --port ${port}: ${error instanceof Error ? error.message : String(error)}`,
        options,
      );
  }
}
