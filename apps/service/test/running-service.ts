import { pino } from "pino";
import { parseConfig } from "../src/config.ts";
import type { Loggers } from "../src/logger.ts";
import { type RunningService, type ServiceOptions, startService } from "../src/serve.ts";
import { FakeGateway } from "./fake-gateway.ts";

/** A service in this process on a free port, whose gateway is a fake; disposing it stops it. */
export interface TestService extends AsyncDisposable {
  readonly service: RunningService;
  readonly gateway: FakeGateway;
  readonly printed: string[];
  /** Fetches a path below the service's own address. */
  get(path: string, init?: RequestInit): Promise<Response>;
}

const silent = pino({ level: "silent" });
const loggers: Loggers = { service: silent, heartbeat: silent, flush: async () => undefined };

export async function startTestService(
  flags: Record<string, unknown> = {},
  options: ServiceOptions = {},
): Promise<TestService> {
  const parsed = parseConfig({ port: 0, ...flags }, {});
  if (!parsed.ok) throw new Error(parsed.problems.join("\n"));
  const gateway = new FakeGateway();
  const printed: string[] = [];
  const service = await startService(parsed.config, {
    stdout: { write: (text) => printed.push(text) },
    loggers,
    createGateway: () => gateway,
    ...options,
  });
  const { origin } = new URL(service.url);
  return {
    service,
    gateway,
    printed,
    get: (path, init) => fetch(`${origin}${path}`, { redirect: "manual", ...init }),
    async [Symbol.asyncDispose]() {
      const stopped = service.stop();
      gateway.finishDrain();
      await stopped;
    },
  };
}
