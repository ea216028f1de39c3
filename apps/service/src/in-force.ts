import { budgetSentence } from "./budget.ts";
import type { ServiceConfig } from "./config.ts";
import { formatDuration } from "./duration.ts";

/** What is in force, in one line for the start of the log. Secrets are only said to be set. */
export function inForce(config: ServiceConfig): string {
  const perAddress = Number.isFinite(config.maxPerAddress) ? `, ${config.maxPerAddress} per address` : "";
  return [
    `interval ${formatDuration(config.intervalMs)}`,
    `answer in ${formatDuration(config.answerInMs)}`,
    `probe in ${formatDuration(config.probeInMs)}`,
    `drain ${formatDuration(config.drainMs)}`,
    `at most ${config.maxConnections} connections${perAddress}`,
    config.adminToken === undefined ? "no admin token (loopback only)" : "admin token set",
    `origins: ${["same", ...config.allowOrigins].join(" ")}`,
    `proxies: ${config.trustProxies.join(" ") || "none"}`,
    `node ${config.node}`,
    budgetSentence(config),
  ].join(" · ");
}
