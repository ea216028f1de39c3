import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FleetOrder, FleetReport } from "./plain-fleet.ts";
import { repositoryRoot } from "./repository-root.ts";

export type { FleetOrder, FleetReport } from "./plain-fleet.ts";

const PROGRAM = new URL("bench/dist/support/plain-fleet.js", repositoryRoot);

async function answerOf(child: ChildProcess, question: object): Promise<Record<string, unknown>> {
  const answer = once(child, "message") as Promise<[Record<string, unknown>]>;
  child.send(question);
  const [message] = await answer;
  if (typeof message.failed === "string") throw new Error(`the fleet of clients failed: ${message.failed}`);
  return message;
}

/** Plain clients in a process of their own, so that neither they nor the one who asks slows the server. */
export class FleetProcess implements AsyncDisposable {
  readonly child: ChildProcess;

  /** `intervalMs` is the interval the clients expect between two beats. */
  constructor(intervalMs: number) {
    if (!existsSync(PROGRAM)) throw new Error("the benchmarks are not built: run npm run check");
    this.child = fork(fileURLToPath(PROGRAM), [String(intervalMs)], { serialization: "advanced" });
  }

  /** Resolves when all of the clients are open. */
  async open(order: FleetOrder): Promise<void> {
    await answerOf(this.child, { open: order });
  }

  async report(): Promise<FleetReport> {
    return (await answerOf(this.child, { report: true })).report as FleetReport;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}
