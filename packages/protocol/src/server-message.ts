import { type Decoded, decoded, problem } from "./decoded.ts";
import {
  asObject,
  booleanField,
  bytesField,
  choiceField,
  countField,
  FieldProblem,
  type Fields,
  idField,
  numberField,
  optional,
  ownField,
  parseObject,
  shown,
  textField,
} from "./fields.ts";
import type { Heartbeat } from "./heartbeat.ts";
import { encodeHeartbeat, encodePlainHeartbeat } from "./heartbeat-json.ts";
import { LIMITS } from "./limits.ts";
import { type AnnouncedLimits, ErrorCode, type ServerMessage } from "./messages.ts";
import { parseTimestamp } from "./timestamp.ts";

/** The text of a message as a server sends it. A heartbeat is cut to whole seconds; one without `ts` says `null`. */
export function encodeServerMessage(message: ServerMessage): string {
  switch (message.type) {
    case "heartbeat":
      return encodeAnyHeartbeat(message);
    case "pong":
      return "pong";
    case "chat":
    case "duplicate":
    case "error":
    case "bye":
    case "welcome":
    case "spread":
    case "clock":
    case "replayed":
      return JSON.stringify(message);
    default:
      return message satisfies never;
  }
}

function encodeAnyHeartbeat({ ts, beat, intervalMs, lateMs }: Heartbeat): string {
  if (ts === undefined) return JSON.stringify({ ts: null, beat, intervalMs, lateMs });
  if (beat === undefined || intervalMs === undefined) return encodePlainHeartbeat(ts);
  return encodeHeartbeat({ ts, beat, intervalMs, ...(lateMs === undefined ? {} : { lateMs }) });
}

/**
 * Reads a text of a server. Tolerant to further fields, so that a newer server can say more. A `ts` that can't be read,
 * or a field beside it that does not fit, is left out: such a heartbeat is still life.
 */
export function decodeServerMessage(text: string): Decoded<ServerMessage> {
  if (text === "pong") return decoded({ type: "pong" });
  const fields = parseObject(text);
  if (fields === undefined) return problem(`a server's message must be a JSON object, got ${shown(text)}`);
  try {
    return decoded(readServerMessage(fields));
  } catch (error) {
    if (error instanceof FieldProblem) return problem(error.message);
    throw error;
  }
}

function readServerMessage(fields: Fields): ServerMessage {
  const type = ownField(fields, "type");
  if (type === undefined && Object.hasOwn(fields, "ts")) return readHeartbeat(fields);
  switch (type) {
    case "chat":
      return {
        type,
        id: idField(fields),
        from: textField(fields, "from", 64),
        text: bytesField(fields, "text", LIMITS.maxTextBytes),
        at: textField(fields, "at", 64),
        offset: offsetField(fields, "offset"),
      };
    case "duplicate":
      return { type, id: idField(fields), offset: offsetField(fields, "offset") };
    case "error":
      return {
        type,
        code: choiceField(fields, "code", Object.values(ErrorCode)),
        message: textField(fields, "message", 1000),
        ...optional(fields, "id", idField),
      };
    case "bye":
      return {
        type,
        reason: textField(fields, "reason", 123),
        reconnectAfterMs: numberField(fields, "reconnectAfterMs", 0),
        ...optional(fields, "closesInMs", durationField),
      };
    case "welcome":
      return {
        type,
        session: textField(fields, "session", 64),
        from: textField(fields, "from", 64),
        resumed: booleanField(fields, "resumed"),
        standby: booleanField(fields, "standby"),
        node: textField(fields, "node", 200),
        intervalMs: numberField(fields, "intervalMs", 1),
        tickMs: numberField(fields, "tickMs", 1),
        reconnectSpreadMs: numberField(fields, "reconnectSpreadMs", 0),
        limits: readLimits(ownField(fields, "limits")),
      };
    case "spread":
      return { type, reconnectSpreadMs: numberField(fields, "reconnectSpreadMs", 0) };
    case "clock":
      return {
        type,
        t0: numberField(fields, "t0"),
        t1: numberField(fields, "t1"),
        t2: numberField(fields, "t2"),
      };
    case "replayed":
      return {
        type,
        count: countField(fields, "count"),
        upTo: ownField(fields, "upTo") === null ? null : offsetField(fields, "upTo"),
        gap: booleanField(fields, "gap"),
      };
    default:
      throw new FieldProblem(`unknown message type ${shown(type)}`);
  }
}

export function offsetField(fields: Fields, name: string): string {
  return textField(fields, name, LIMITS.maxOffsetLength);
}

function durationField(fields: Fields, name: string): number {
  return numberField(fields, name, 0);
}

function readLimits(value: unknown): AnnouncedLimits {
  const fields = asObject(value);
  if (fields === undefined) throw new FieldProblem(`"limits" must be an object, got ${shown(value)}`);
  return {
    perSecond: numberField(fields, "perSecond", 1),
    burst: numberField(fields, "burst", 1),
    maxText: numberField(fields, "maxText", 1),
  };
}

function readHeartbeat(fields: Fields): Heartbeat {
  const whole = (name: string, most: number): number | undefined => {
    const value = ownField(fields, name);
    return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
      ? (value as number)
      : undefined;
  };
  const beat = whole("beat", 0xffff_ffff);
  const intervalMs = whole("intervalMs", 0x7fff_ffff);
  const lateMs = whole("lateMs", 0x7fff_ffff);
  return {
    type: "heartbeat",
    ts: parseTimestamp(ownField(fields, "ts")),
    ...(beat === undefined ? {} : { beat }),
    ...(intervalMs === undefined || intervalMs === 0 ? {} : { intervalMs }),
    ...(lateMs === undefined ? {} : { lateMs }),
  };
}
