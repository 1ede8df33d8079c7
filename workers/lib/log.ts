import type { JsonObject } from "./json";

type Level = "info" | "warn" | "error";

/**
 * Write one line of JSON to the worker's log.
 *
 * @param event What happened, in snake_case.
 * @param fields Facts about it. Never a secret, a body, or a query string.
 */
export function log(level: Level, event: string, fields: JsonObject = {}): void {
  // eslint-disable-next-line no-console -- the console is the log of a worker
  console[level](JSON.stringify({ level, event, ...fields }));
}

/** *error* as far as a log may tell it: its kind and message, and its stack for the reader. */
export function describeError(error: unknown): JsonObject {
  if (!(error instanceof Error)) return { error: String(error) };
  return { error: `${error.name}: ${error.message}`, stack: error.stack ?? "" };
}
