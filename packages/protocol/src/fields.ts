import { LIMITS } from "./limits.ts";
import { ErrorCode } from "./messages.ts";

/** A JSON object whose fields are not looked at yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** Thrown inside a decoder when a field does not fit, and turned into a problem at its edge. */
export class FieldProblem extends Error {
  readonly code: ErrorCode;

  constructor(sentence: string, code: ErrorCode = ErrorCode.badMessage) {
    super(sentence);
    this.code = code;
  }
}

/** What was given, as JSON and cut to a length fit for a sentence. */
export function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : written(value);
  return text.length > 40 ? `${text.slice(0, 37)}…` : text;
}

/** JSON.stringify overflows the stack on a value that JSON.parse could still read: thousands of nested brackets. */
function written(value: unknown): string {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return JSON.stringify(value);
}

function refuse(name: string, rule: string, value: unknown): never {
  throw new FieldProblem(`"${name}" must be ${rule}, got ${shown(value)}`);
}

export function ownField(fields: Fields, name: string): unknown {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** A text of `least` to `most` characters. */
export function textField(fields: Fields, name: string, most: number, least = 1): string {
  const value = ownField(fields, name);
  if (typeof value === "string" && value.length >= least && value.length <= most) return value;
  return refuse(name, `a text of ${least} to ${most} characters`, value);
}

/** A text of at least one character and at most that many bytes in UTF-8. */
export function bytesField(fields: Fields, name: string, mostBytes: number): string {
  const value = ownField(fields, name);
  if (typeof value !== "string" || value === "") return refuse(name, "a text that is not empty", value);
  const size = utf8Length(value);
  if (size <= mostBytes) return value;
  throw new FieldProblem(`"${name}" must have at most ${mostBytes} bytes, got ${size}`, ErrorCode.tooLarge);
}

export function idField(fields: Fields): string {
  return textField(fields, "id", LIMITS.maxIdLength);
}

/** A finite number, at least `least`. */
export function numberField(fields: Fields, name: string, least = Number.NEGATIVE_INFINITY): number {
  const value = ownField(fields, name);
  if (typeof value === "number" && Number.isFinite(value) && value >= least) return value;
  return refuse(
    name,
    least === Number.NEGATIVE_INFINITY ? "a number" : `a number of at least ${least}`,
    value,
  );
}

/** A whole number from 0 to 2^32 − 1. */
export function countField(fields: Fields, name: string): number {
  const value = ownField(fields, name);
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff)
    return value;
  return refuse(name, "a whole number from 0 to 4294967295", value);
}

export function booleanField(fields: Fields, name: string): boolean {
  const value = ownField(fields, name);
  return typeof value === "boolean" ? value : refuse(name, "true or false", value);
}

export function choiceField<T extends string>(fields: Fields, name: string, choices: readonly T[]): T {
  const value = ownField(fields, name);
  const choice = choices.find((each) => each === value);
  return choice ?? refuse(name, `one of ${choices.join(", ")}`, value);
}

/** Reads the field with `read` when it is there, else yields nothing to spread into a message. */
export function optional<K extends string, T>(
  fields: Fields,
  name: K,
  read: (fields: Fields, name: K) => T,
): { readonly [key in K]?: T } {
  if (ownField(fields, name) === undefined) return {};
  return { [name]: read(fields, name) } as { readonly [key in K]?: T };
}

/** A JSON object that is no array; undefined for everything else and for text that is no JSON. */
export function parseObject(text: string): Fields | undefined {
  if (!text.trimStart().startsWith("{")) return undefined;
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

export function asObject(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

const encoder = new TextEncoder();

/** How many bytes a text takes in UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}
