import { invalid } from "./errors";
import { isObject, jsonBytes, jsonFault, type Json, type JsonObject } from "./json";

/** How text must look, and how to say so. */
export interface TextRule {
  pattern: RegExp;
  expected: string;
}

/** Bounds of a whole number, both allowed. */
export interface Range {
  min: number;
  max: number;
}

/** Bounds of a stored JSON object. */
export interface ObjectLimits {
  bytes: number;
  depth: number;
}

/** *value* as text that fits *rule*; else 400 names *field*. */
export function text(value: unknown, field: string, rule: TextRule): string {
  if (typeof value !== "string" || !rule.pattern.test(value)) throw invalid(field, rule.expected);
  return value;
}

/** As `text`, but absent stays absent. */
export function optionalText(value: unknown, field: string, rule: TextRule): string | undefined {
  return value === undefined || value === null ? undefined : text(value, field, rule);
}

/** *value* as a whole number within *range*; digits in text count. Else 400 names *field*. */
export function integer(value: unknown, field: string, range: Range): number {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number)) throw outside(field, range);
  if (number < range.min || number > range.max) throw outside(field, range);
  return number;
}

/** As `integer`, with *absent* for an absent value. */
export function integerOr(value: unknown, field: string, range: Range, absent: number): number {
  return value === undefined || value === null ? absent : integer(value, field, range);
}

/** *value* as a JSON object within *limits*; else 400 names *field*. */
export function jsonObject(value: unknown, field: string, limits: ObjectLimits): JsonObject {
  if (!isObject(value)) throw invalid(field, "an object");
  const object = value as JsonObject;
  const fault = jsonFault(object, limits.depth);
  if (fault !== undefined) {
    throw invalid(field, `at most ${limits.depth} levels deep and free of reserved names (it ${fault})`);
  }
  if (jsonBytes(object) > limits.bytes) {
    throw invalid(field, `at most ${limits.bytes} bytes as JSON`);
  }
  return object;
}

/** *value* as an object whose names are all among *names*; else 400. */
export function fields(value: Json, names: readonly string[]): Record<string, unknown> {
  if (!isObject(value)) throw invalid("the body", "a JSON object");
  const unknown = Object.keys(value).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw invalid("the body", `an object of ${names.join(", ")} (it has ${JSON.stringify(unknown.slice(0, 64))})`);
  }
  return value;
}

function outside(field: string, range: Range): Error {
  return invalid(field, `a whole number from ${range.min} to ${range.max}`);
}
