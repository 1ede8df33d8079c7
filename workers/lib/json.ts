/** What JSON can hold. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  [name: string]: Json;
}

const FORBIDDEN_NAMES = new Set(["__proto__", "constructor", "prototype"]);

/** Whether *value* is an object, not a list and not `null`. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Size of *value* as JSON, in bytes of UTF-8. */
export function jsonBytes(value: Json): number {
  return new TextEncoder().encode(JSON.stringify(value)).byteLength;
}

/** Whether *value* comes back as it was from JSON; a field that is `undefined` is one that is not there. */
export function isJson(value: unknown): value is Json {
  if (Array.isArray(value)) return value.every(isJson);
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return value === null || typeof value === "string" || typeof value === "boolean";
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  return isPlain && Object.values(value).every((inner) => inner === undefined || isJson(inner));
}

/**
 * What is wrong with *value* as stored data: names that reach into JavaScript's own objects, or
 * objects and lists nested deeper than *depth* levels. `undefined` when nothing is.
 */
export function jsonFault(value: Json, depth: number): string | undefined {
  // What JSON writes beyond a double is read as Infinity, and would be kept as null.
  if (typeof value === "number" && !Number.isFinite(value)) return "holds a number beyond 1.8e308";
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === 0) return "is nested too deeply";
  for (const [name, inner] of Object.entries(value)) {
    if (FORBIDDEN_NAMES.has(name)) return `holds the reserved name ${name}`;
    const fault = jsonFault(inner, depth - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/**
 * *target* changed by *patch* as RFC 7396 (JSON Merge Patch) says: objects merge, `null` removes,
 * everything else replaces. Neither argument is changed.
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = new Map<string, Json>(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}
