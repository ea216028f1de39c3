import { hostname } from "node:os";
import { LIMITS } from "@lubdub/protocol";
import type { AdaptiveMode } from "@lubdub/server";
import { type ProvedValues, proveConfiguration, type SideName } from "./configuration-proof.ts";
import {
  aboutSetting,
  flagOf,
  type SettingKey,
  type SettingValues,
  settingKeys,
  settings,
  variableOf,
} from "./settings.ts";

/** Everything the service goes by. Times in milliseconds, sizes in bytes. */
export interface ServiceConfig {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly intervalMs: number;
  readonly answerInMs: number;
  readonly probeInMs: number;
  /** Whose interval is adapted to the line. */
  readonly adaptive: AdaptiveMode;
  readonly drainMs: number;
  readonly logLevel: SettingValues["logLevel"];
  readonly adminToken?: string;
  readonly allowOrigins: readonly string[];
  readonly maxConnections: number;
  /** Infinity: no limit. */
  readonly maxPerAddress: number;
  /** Addresses and networks. */
  readonly trustProxies: readonly string[];
  /** `/`, or a path that begins and ends with a slash. */
  readonly basePath: string;
  readonly sessionKeepMs: number;
  readonly maxSessions: number;
  readonly roomKeepMs: number;
  readonly maxRooms: number;
  readonly roomBytes: number;
  readonly historyBytes: number;
  readonly roomMessages: number;
  /** New connections a second that this node can take. */
  readonly acceptRate: number;
  readonly node: string;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: ServiceConfig }
  | { readonly ok: false; readonly problems: string[] };

const SESSION_KEEP_MS = 120_000;
const SHORT_TIME_MS = 5_000;

/** One given value and where it came from, so that a refusal can name it. */
interface Given {
  readonly source: string;
  readonly value: unknown;
}

type GivenValues = ReadonlyMap<SettingKey, Given>;

/** A flag wins over its variable; an empty variable is none. */
function givenValue(
  key: SettingKey,
  flags: Record<string, unknown>,
  env: NodeJS.ProcessEnv,
): Given | undefined {
  const { isList } = aboutSetting(key);
  const split = (text: string): string[] => text.split(",").map((part) => part.trim());
  const flag = flags[key];
  if (flag !== undefined) {
    const value = typeof flag === "number" ? String(flag) : flag;
    const list = isList && (typeof value === "string" || Array.isArray(value));
    return { source: flagOf(key), value: list ? [value].flat().map(String).flatMap(split) : value };
  }
  const text = env[variableOf(key)];
  if (text === undefined || text === "") return undefined;
  return { source: variableOf(key), value: isList ? split(text) : text };
}

function collectGiven(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): GivenValues {
  const given = new Map<SettingKey, Given>();
  for (const key of settingKeys) {
    const found = givenValue(key, flags, env);
    if (found !== undefined) given.set(key, found);
  }
  return given;
}

/** What was given, as a refusal shows it: quoted, cut when long, and never a secret. */
function shown(value: unknown, isSecret: boolean): string {
  if (typeof value !== "string") return "nothing";
  if (isSecret) return `${value.length} characters`;
  return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}…` : value);
}

const isKey = (key: unknown): key is SettingKey => settingKeys.some((known) => known === key);

interface Reading {
  readonly values: SettingValues;
  readonly refused: ReadonlySet<SettingKey>;
  readonly problems: string[];
}

/** Reads all values at once. A refused one is replaced by its default, so that the others can still be judged. */
function readValues(given: GivenValues): Reading {
  const input = new Map([...given].map(([key, { value }]) => [key, value]));
  const outcome = settings.safeParse(Object.fromEntries(input));
  if (outcome.success) return { values: outcome.data, refused: new Set(), problems: [] };
  const refused = new Set<SettingKey>();
  const problems = outcome.error.issues.map(({ path: [key, index], message }) => {
    if (!isKey(key)) return message;
    refused.add(key);
    const { source = flagOf(key), value } = given.get(key) ?? {};
    const part = Array.isArray(value) ? value[Number(index)] : value;
    return `${source} ${message}, got ${shown(part, aboutSetting(key).isSecret ?? false)}`;
  });
  for (const key of refused) input.delete(key);
  return { values: settings.parse(Object.fromEntries(input)), refused, problems };
}

/** Fills in the defaults that depend on other values. */
function derived(values: SettingValues) {
  const shortTime = Math.min(SHORT_TIME_MS, Math.round(values.interval / 6));
  return {
    answerIn: values.answerIn ?? shortTime,
    probeIn: values.probeIn ?? shortTime,
    sessionKeep: values.sessionKeep ?? Math.max(SESSION_KEEP_MS, 3 * values.interval),
    maxSessions: values.maxSessions ?? 2 * values.maxConnections,
    node: values.node ?? defaultNodeName(),
  };
}

function defaultNodeName(): string {
  const host = hostname().replace(/[^\w.-]/g, "-");
  const suffix = `-${process.pid}`;
  return `${host.slice(0, 64 - suffix.length)}${suffix}`;
}

/**
 * Reads the configuration from flags (keys as `answerIn`, values as text) and from `LUBDUB_…` variables.
 * A refusal holds one sentence for each mistake, which names the flag or variable, the rule and what was given.
 */
export function parseConfig(flags: Record<string, unknown>, env: NodeJS.ProcessEnv): ConfigResult {
  const given = collectGiven(flags, env);
  const { values, refused, problems } = readValues(given);
  const filled = { ...values, ...derived(values) };
  const proved: ProvedValues = { ...filled, proxyIdle: values.proxyIdle, stopGrace: values.stopGrace };
  const nameSide: SideName = (side, value) => {
    const source = given.get(side)?.source;
    return source === undefined ? `${flagOf(side)} ${value} (default)` : `${source} ${value}`;
  };
  const unfit = proveConfiguration(proved, nameSide, refused);
  const all = [...problems, ...unfit];
  return all.length > 0 ? { ok: false, problems: all } : { ok: true, config: configOf(filled) };
}

function configOf(values: SettingValues & ReturnType<typeof derived>): ServiceConfig {
  return {
    host: values.host,
    port: values.port,
    intervalMs: values.interval,
    answerInMs: values.answerIn,
    probeInMs: values.probeIn,
    adaptive: values.adaptive,
    drainMs: values.drain,
    logLevel: values.logLevel,
    ...(values.adminToken === undefined ? {} : { adminToken: values.adminToken }),
    allowOrigins: values.allowOrigin,
    maxConnections: values.maxConnections,
    maxPerAddress: values.maxPerAddress,
    trustProxies: values.trustProxy,
    basePath: values.basePath,
    sessionKeepMs: values.sessionKeep,
    maxSessions: values.maxSessions,
    roomKeepMs: values.roomKeep,
    maxRooms: values.maxRooms,
    roomBytes: values.roomBytes,
    historyBytes: values.historyBytes,
    roomMessages: LIMITS.roomMessages,
    acceptRate: values.acceptRate,
    node: values.node,
  };
}
