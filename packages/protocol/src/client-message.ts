import {
  asObject,
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
import { LIMITS } from "./limits.ts";
import {
  type ClientMessage,
  type ErrorCode,
  PAGE_STATES,
  REPORT_KINDS,
  type ReportEvent,
} from "./messages.ts";
import { offsetField } from "./server-message.ts";

/** `plain` knows chat only; `v1` is what a client speaks after its `welcome`. */
export type Dialect = "plain" | "v1";

/** A message, or what the `error` answer to it says. */
export type DecodedClientMessage =
  | { readonly ok: true; readonly message: ClientMessage }
  | { readonly ok: false; readonly problem: string; readonly code: ErrorCode; readonly id?: string };

/** The text of a message as a client sends it. */
export function encodeClientMessage(message: ClientMessage): string {
  switch (message.type) {
    case "text":
      return message.text;
    case "ping":
      return "ping";
    case "chat":
    case "ack":
    case "probe":
    case "page":
    case "claim":
    case "report":
      return JSON.stringify(message);
    default:
      return message satisfies never;
  }
}

/** Reads a text of a client. A text that is no JSON object with a `type` is chat. */
export function decodeClientMessage(text: string, dialect: Dialect): DecodedClientMessage {
  if (text === "ping") return { ok: true, message: { type: "ping" } };
  const fields = parseObject(text) ?? {};
  try {
    return { ok: true, message: readClientMessage(text, fields, dialect) };
  } catch (error) {
    if (!(error instanceof FieldProblem)) throw error;
    const id = ownField(fields, "id");
    const isId = typeof id === "string" && id.length > 0 && id.length <= LIMITS.maxIdLength;
    return { ok: false, problem: error.message, code: error.code, ...(isId ? { id } : {}) };
  }
}

function readClientMessage(text: string, fields: Fields, dialect: Dialect): ClientMessage {
  if (!Object.hasOwn(fields, "type"))
    return { type: "text", text: bytesField({ text }, "text", LIMITS.maxTextBytes) };
  return dialect === "plain" ? readPlainMessage(fields) : readMeasuredMessage(fields);
}

function readPlainMessage(fields: Fields): ClientMessage {
  const type = ownField(fields, "type");
  if (type !== "chat") throw new FieldProblem(`unknown message type ${shown(type)}`);
  return { type, id: idField(fields), text: bytesField(fields, "text", LIMITS.maxTextBytes) };
}

function readMeasuredMessage(fields: Fields): ClientMessage {
  const type = ownField(fields, "type");
  switch (type) {
    case "ack":
      return {
        type,
        beat: countField(fields, "beat"),
        t0: numberField(fields, "t0"),
        page: choiceField(fields, "page", PAGE_STATES),
        skipped: countField(fields, "skipped"),
        duplicates: countField(fields, "duplicates"),
        ...optional(fields, "latencyMs", numberField),
      };
    case "probe":
      return { type, t0: numberField(fields, "t0") };
    case "page":
      return { type, state: choiceField(fields, "state", PAGE_STATES) };
    case "claim":
      return { type, ...optional(fields, "since", offsetField) };
    case "report":
      return { type, t0: numberField(fields, "t0"), events: readEvents(ownField(fields, "events")) };
    default:
      return readPlainMessage(fields);
  }
}

function readEvents(value: unknown): readonly ReportEvent[] {
  if (!Array.isArray(value) || value.length > LIMITS.maxReportEvents) {
    throw new FieldProblem(
      `"events" must be a list of at most ${LIMITS.maxReportEvents}, got ${shown(value)}`,
    );
  }
  return value.map(readEvent);
}

function readEvent(value: unknown): ReportEvent {
  const fields = asObject(value);
  if (fields === undefined) throw new FieldProblem(`an event must be an object, got ${shown(value)}`);
  return {
    kind: choiceField(fields, "kind", REPORT_KINDS),
    at: numberField(fields, "at"),
    ...optional(fields, "detail", (each, name) => textField(each, name, LIMITS.maxReportText, 0)),
  };
}
