import type { Value } from "sql.js";

const MAX_PARAMETERS = 100;
const MAX_STATEMENT_BYTES = 100_000;
const MAX_COMPOUND_TERMS = 5;
const MAX_PATTERN_BYTES = 50;

// Quoted text, names and comments as a whole; then what is looked for.
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?\*\/|\?(\d*)|\(|\)|\b(?:UNION|INTERSECT|EXCEPT)\b/gi;
const TRANSACTION = /^\s*(?:BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b/i;
const FORBIDDEN = /^\s*(?:ATTACH|DETACH|CREATE\s+TEMP)/i;

/** A statement as SQLite is to run it. */
export interface Bound {
  sql: string;
  values: Value[];
}

/**
 * Return *sql* with *values* bound as D1 binds them: every number is REAL, `true` is 1. Throws what
 * D1 refuses: other types, too few or many values, statements beyond its limits.
 */
export function bindAsD1(sql: string, values: readonly unknown[]): Bound {
  refuse(sql);
  const bound = values.map(asD1Value);
  let last = 0;
  let highest = 0;
  const text = sql.replace(TOKEN, (token, digits?: string) => {
    if (digits === undefined) return token;
    last = digits === "" ? highest + 1 : Number(digits);
    highest = Math.max(highest, last);
    // SQLite would take a whole number for an INTEGER. The plus leaves it without an affinity, as a
    // value that is bound is.
    return typeof bound[last - 1] === "number" ? `(+CAST(?${last} AS REAL))` : `?${last}`;
  });
  if (highest > MAX_PARAMETERS) throw d1Error("too many SQL variables at offset 0: SQLITE_ERROR");
  if (highest !== bound.length) throw d1Error("Wrong number of parameter bindings for SQL query.");
  return { sql: text, values: bound };
}

/** Return *sql* with *values* bound as an object's own database binds them: as D1 does, but `true` is a text (W21). */
export function bindAsObject(sql: string, values: readonly unknown[]): Bound {
  return bindAsD1(
    sql,
    values.map((value) => (typeof value === "boolean" ? String(value) : value)),
  );
}

/** Whether *text* fits *pattern* as LIKE has it, which D1 takes up to 50 bytes. */
export function like(pattern: string, text: string): number {
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- of an Error, sql.js tells nothing
  if (sizeOf(pattern) > MAX_PATTERN_BYTES) throw "LIKE or GLOB pattern too complex: SQLITE_ERROR";
  const source = lower(pattern).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll("%", "[^]*").replaceAll("_", "[^]");
  return new RegExp(`^${source}$`, "u").test(lower(text)) ? 1 : 0;
}

/** An error as D1 names it. */
export function d1Error(message: string): Error {
  return new Error(`D1_ERROR: ${message}`);
}

function refuse(sql: string): void {
  if (sizeOf(sql) > MAX_STATEMENT_BYTES) throw d1Error("statement too long: SQLITE_TOOBIG");
  if (TRANSACTION.test(sql)) {
    throw d1Error("To execute a transaction, please use the state.storage.transaction() APIs instead");
  }
  if (FORBIDDEN.test(sql)) throw d1Error("not authorized: SQLITE_AUTH");
  if (longestCompound(sql) > MAX_COMPOUND_TERMS) {
    throw d1Error("too many terms in compound SELECT: SQLITE_ERROR");
  }
}

/** SELECTs of the longest compound, each bracket counted for itself. */
function longestCompound(sql: string): number {
  const open = [1];
  let longest = 1;
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === "(") open.push(1);
    else if (token === ")") open.pop();
    else if (/^[UIE]/i.test(token)) longest = Math.max(longest, (open[open.length - 1] = (open.at(-1) ?? 1) + 1));
  }
  return longest;
}

function asD1Value(value: unknown): Value {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  if (value instanceof Uint8Array) return value;
  throw new Error(`D1_TYPE_ERROR: Type '${typeof value}' not supported`);
}

/** SQLite knows capitals of ASCII only. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function sizeOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
