import { ADAPTIVE_MODES } from "@lubdub/server";
import { z } from "zod";
import {
  duration,
  interval,
  listenHost,
  networks,
  nodeName,
  oneOf,
  origins,
  pathPrefix,
  secret,
  size,
  wholeNumber,
  wholeNumberOrUnlimited,
} from "./setting-schema.ts";

/** What the help says of a setting. */
export interface SettingAbout {
  /** What stands for the value in the help, such as `duration`. */
  readonly value: string;
  /** What it does, in one sentence without a full stop. */
  readonly says: string;
  /** The default in words. */
  readonly byDefault: string;
  /** May be given several times; comma separated in the environment. */
  readonly isList?: true;
  /** Is never printed, not even in a refusal. */
  readonly isSecret?: true;
}

const about = z.registry<SettingAbout>();
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const KIB = 1024;
const MIB = 1024 * KIB;

/** Every setting there is. The key gives the flag (`answerIn`: `--answer-in`) and the variable (`LUBDUB_ANSWER_IN`). */
export const settings = z.object({
  host: listenHost.prefault("127.0.0.1").register(about, {
    value: "address",
    says: "The host name or address to listen on; 0.0.0.0 or :: for all",
    byDefault: "127.0.0.1",
  }),
  port: wholeNumber(0, 65_535).prefault("8080").register(about, {
    value: "number",
    says: "The port to listen on; 0 takes a free one and prints it",
    byDefault: "8080",
  }),
  interval: interval.prefault("30s").register(about, {
    value: "duration",
    says: "The time between two heartbeats of a connection, from 200ms to 5m",
    byDefault: "30s",
  }),
  answerIn: duration(10, 5 * MINUTE)
    .optional()
    .register(about, {
      value: "duration",
      says: "How long after a beat its answer may come before it counts as missed",
      byDefault: "a sixth of the interval, at most 5s",
    }),
  probeIn: duration(10, 5 * MINUTE)
    .optional()
    .register(about, {
      value: "duration",
      says: "How long a suspect may take to answer a probe before it is declared dead",
      byDefault: "a sixth of the interval, at most 5s",
    }),
  adaptive: oneOf(ADAPTIVE_MODES).prefault("measuring").register(about, {
    value: "mode",
    says: "Whose interval shrinks to a half or two thirds on a poor line: off, measuring or all",
    byDefault: "measuring, plain clients keep theirs",
  }),
  drain: duration(100, 10 * MINUTE)
    .prefault("10s")
    .register(about, {
      value: "duration",
      says: "The time in which every connection is sent away at shutdown",
      byDefault: "10s",
    }),
  logLevel: oneOf(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .prefault("info")
    .register(about, {
      value: "level",
      says: "What is logged on stderr: trace, debug, info, warn, error, fatal or silent",
      byDefault: "info",
    }),
  adminToken: secret.optional().register(about, {
    value: "token",
    says: "The secret that /metrics, /api and draining ask for; better given in the environment",
    byDefault: "none, they answer loopback only",
    isSecret: true,
  }),
  allowOrigin: origins.prefault([]).register(about, {
    value: "origin",
    says: "A further origin whose pages may connect; repeatable",
    byDefault: "the same origin only",
    isList: true,
  }),
  maxConnections: wholeNumber(1, 1_000_000).prefault("10000").register(about, {
    value: "number",
    says: "The most connections at once; more are refused",
    byDefault: "10000",
  }),
  maxPerAddress: wholeNumberOrUnlimited(1, 1_000_000).prefault("unlimited").register(about, {
    value: "number",
    says: "The most connections at once from one client address",
    byDefault: "unlimited",
  }),
  trustProxy: networks.prefault([]).register(about, {
    value: "cidr,…",
    says: "Proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; repeatable",
    byDefault: "none",
    isList: true,
  }),
  basePath: pathPrefix.prefault("/").register(about, {
    value: "path",
    says: "The path below which everything is served",
    byDefault: "/",
  }),
  sessionKeep: duration(SECOND, 24 * HOUR)
    .optional()
    .register(about, {
      value: "duration",
      says: "How long a closed session can be resumed, at least three intervals",
      byDefault: "2m or three intervals, whichever is longer",
    }),
  maxSessions: wholeNumber(1, 10_000_000).optional().register(about, {
    value: "number",
    says: "The most closed sessions kept; the oldest go first",
    byDefault: "twice --max-connections",
  }),
  roomKeep: duration(SECOND, 24 * HOUR)
    .prefault("10m")
    .register(about, {
      value: "duration",
      says: "How long an empty room keeps its messages",
      byDefault: "10m",
    }),
  maxRooms: wholeNumber(1, 1_000_000).prefault("10000").register(about, {
    value: "number",
    says: "The most rooms at once",
    byDefault: "10000",
  }),
  roomBytes: size(64 * KIB, 1024 * MIB)
    .prefault("1MiB")
    .register(about, {
      value: "size",
      says: "The most bytes of messages kept in one room",
      byDefault: "1MiB",
    }),
  historyBytes: size(64 * KIB, 64 * 1024 * MIB)
    .prefault("256MiB")
    .register(about, {
      value: "size",
      says: "The most bytes of messages kept in all rooms together",
      byDefault: "256MiB",
    }),
  acceptRate: wholeNumber(1, 1_000_000).prefault("1000").register(about, {
    value: "number",
    says: "How many new connections a second this node can take; clients come back spread by it",
    byDefault: "1000",
  }),
  node: nodeName.optional().register(about, {
    value: "name",
    says: "The name of this node in the fleet",
    byDefault: "host name and process id",
  }),
  proxyIdle: duration(SECOND, 24 * HOUR)
    .optional()
    .register(about, {
      value: "duration",
      says: "After how long a proxy in front cuts idle connections; checked against the interval",
      byDefault: "not declared",
    }),
  stopGrace: duration(100, 24 * HOUR)
    .optional()
    .register(about, {
      value: "duration",
      says: "How long the orchestrator waits after SIGTERM; checked against the drain time",
      byDefault: "not declared",
    }),
});

export type SettingKey = keyof typeof settings.shape;
export type SettingValues = z.output<typeof settings>;

export const settingKeys = Object.keys(settings.shape) as readonly SettingKey[];

export function aboutSetting(key: SettingKey): SettingAbout {
  const found = about.get(settings.shape[key]);
  if (found === undefined) throw new Error(`the setting ${key} is not described`);
  return found;
}

const words = (key: string, separator: string): string =>
  key.replace(/[A-Z]/g, (letter) => `${separator}${letter.toLowerCase()}`);

/** `answerIn`: `--answer-in` */
export const flagOf = (key: string): string => `--${words(key, "-")}`;

/** `answerIn`: `LUBDUB_ANSWER_IN` */
export const variableOf = (key: string): string => `LUBDUB_${words(key, "_").toUpperCase()}`;
