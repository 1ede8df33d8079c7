import { CLOCK } from "../clock";
import { isJson } from "../json";
import { TablePages, type Cell, type Place, type Rows, valueOf, placeholderOf, quoted } from "./table_pages";

interface TableCopy {
  name: string;
  /** "": the table is there since a part before. */
  sql: string;
  columns: string[];
  rows: Cell[][];
}

/** By what an object is found again: its name leads to it in any namespace, its id in its own only. */
export interface Called {
  name?: string;
  /** There where nobody knows the name: it was last written to by an earlier version, which noted none. */
  id?: string;
}

/** What an object keeps, or a part of it. */
export interface ObjectCopy extends Called {
  tables: TableCopy[];
  /** What is kept by key: each key, and its value as JSON. They come with the first part. Absent: there are none. */
  values?: [string, string][];
  /** Indexes, triggers and views. They come with the last part, after all rows. */
  others: string[];
  /** When the alarm rings, in milliseconds since 1970; `null`: it does not, or more comes first. */
  alarm: number | null;
  /** Whether parts came before this one. */
  goes_on?: boolean;
  /** Whether parts come after this one. */
  more?: boolean;
}

/** A part of a copy, and where the next one begins. `next` is `null` at the end, `copy` where the object keeps nothing. */
export interface Part {
  copy: ObjectCopy | null;
  next: Place | null;
}

/** What came of a part that was brought in. `out_of_order`: the one before it was not. */
export type BroughtIn = "copied" | "occupied" | "out_of_order";

/** What an object has to answer to be copied. Refusals are values: of an error nothing but its message gets out of an object. */
export interface Copied {
  /** The part that begins at *from*; `null`: the first. */
  copyOut(from: Place | null): Promise<Part | { refused: string }>;
  copyIn(copy: ObjectCopy, replace: boolean): Promise<BroughtIn>;
  empty(): Promise<void>;
}

/** What of an object is copied. */
export interface Kept {
  /** The table that grows without end, which is read last, part by part. Default: none does. */
  growing?: string;
  /** Tables that are copied without their rows. Default: none is. */
  emptied?: readonly string[];
  /** Whether what is kept by that key is left out. Default: nothing is. */
  leavesOut?: (key: string) => boolean;
}

type Storage = Pick<DurableObjectStorage, "sql" | "kv" | "transactionSync" | "getAlarm" | "setAlarm" | "deleteAll" | "deleteAlarm">;

interface Schema {
  type: string;
  name: string;
  sql: string;
}

/** Bytes of values after which a part ends: an object of fewer is copied at one moment. */
export const PART_BYTES = 2_000_000;
/** Bytes that tables may have which are to be copied at one moment. A method call carries 32 MiB. */
const MOST_BYTES = 16_000_000;
/** Key of the mark that more parts have to come, which is beside the tables: no copy has it. */
const PARTIAL = "more_to_bring_in";
/** How long an object is left as it came back, unless somebody asks it for something: so long it can be compared. */
export const LEFT_ALONE_MS = 900_000;
const NO_ROWS: Rows = { rows: [], bytes: 0, last: null };
const SCHEMA = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' ORDER BY rowid";

/** Whether parts of a copy have been brought in, and others have not: the object is to refuse whatever is asked of it. */
export function isPartial(storage: Pick<Storage, "kv">): boolean {
  return storage.kv.get(PARTIAL) === true;
}

/** Throw while the object is being brought in. */
export function refusePart(storage: Pick<Storage, "kv">): void {
  if (isPartial(storage)) throw new Error("what is kept here is being brought back, and not all of it is there yet");
}

/**
 * Return the part at *from* of what *storage* keeps of the object that is found as *called* says; `null`: the first.
 *
 * All but the table that grows is in the first part, of one moment; that one is read last, part by part.
 */
export async function copyOf(storage: Storage, called: Called, from: Place | null, kept: Kept): Promise<Part | { refused: string }> {
  if (isPartial(storage)) return { refused: "a copy is being brought in; go on with that first" };
  const schema = storage.sql.exec(SCHEMA).toArray() as unknown as Schema[];
  const stored = schema.filter(({ type }) => type === "table").sort((one, other) => Number(one.name === kept.growing) - Number(other.name === kept.growing));
  const unkeyed = stored.find((each) => !new TablePages(storage.sql, each.name).isKeyed);
  if (unkeyed !== undefined) return { refused: `table ${unkeyed.name} has columns called as row ids are` };
  const values = from === null ? valuesOf(storage, kept) : [];
  if ("refused" in values) return values;
  const { tables, next } = tablesOf(storage, stored, from, kept);
  const isFirst = from === null;
  if (isFirst && isNothing(values, tables, next)) return { copy: null, next };
  const others = schema.filter(({ type }) => type !== "table").map(({ sql }) => sql);
  const end = next === null ? { others, alarm: await storage.getAlarm() } : { others: [], alarm: null, more: true };
  return { copy: { ...called, tables, ...(values.length === 0 ? {} : { values }), ...(isFirst ? {} : { goes_on: true }), ...end }, next };
}

const isNothing = (values: readonly unknown[], tables: readonly TableCopy[], next: Place | null): boolean =>
  next === null && values.length === 0 && tables.every(({ rows }) => rows.length === 0);

/**
 * Put *copy* into *storage*, in one transaction with *finish*, which is called with its last part. The first part drops
 * what was there.
 */
export async function putCopy(storage: Storage, copy: ObjectCopy, finish: () => void): Promise<BroughtIn> {
  const goesOn = copy.goes_on === true;
  if (goesOn && !isPartial(storage)) return "out_of_order";
  storage.transactionSync(() => {
    if (!goesOn) dropAll(storage);
    fill(storage, copy);
    if (copy.more === true) {
      storage.kv.put(PARTIAL, true);
      return;
    }
    storage.kv.delete(PARTIAL);
    finish();
  });
  if (!goesOn) await storage.deleteAlarm();
  if (copy.alarm !== null) await storage.setAlarm(Math.max(copy.alarm, CLOCK.now() + LEFT_ALONE_MS));
  return "copied";
}

/** What is kept by key, in the order of the keys. */
function valuesOf(storage: Storage, { leavesOut = () => false }: Kept): [string, string][] | { refused: string } {
  const copied: [string, string][] = [];
  for (const [key, value] of storage.kv.list()) {
    if (key === PARTIAL || leavesOut(key)) continue;
    if (!isJson(value)) return { refused: `what is kept as ${key} is more than JSON says` };
    copied.push([key, JSON.stringify(value)]);
  }
  return copied;
}

function dropAll(storage: Storage): void {
  drop(storage, ["table", "view"]);
  for (const [key] of [...storage.kv.list()]) storage.kv.delete(key);
}

function drop(storage: Storage, types: readonly string[]): void {
  const schema = storage.sql.exec(SCHEMA).toArray() as unknown as Schema[];
  const made = schema.filter(({ type }) => types.includes(type)).reverse();
  for (const { type, name } of made) storage.sql.exec(`DROP ${type} ${quoted(name)}`);
}

function fill(storage: Storage, copy: ObjectCopy): void {
  for (const [key, value] of copy.values ?? []) storage.kv.put(key, JSON.parse(value));
  for (const { name, sql, columns, rows } of copy.tables) {
    if (sql !== "") storage.sql.exec(sql);
    for (const row of rows) {
      const places = row.map(placeholderOf).join(", ");
      storage.sql.exec(`INSERT INTO ${quoted(name)} (${columns.map(quoted).join(", ")}) VALUES (${places})`, ...row.map(valueOf));
    }
  }
  // An object that left memory between two parts has made indexes of its own when it came back.
  if (copy.others.length > 0) drop(storage, ["index", "trigger", "view"]);
  for (const sql of copy.others) storage.sql.exec(sql);
}

/** Delete all that *storage* keeps. */
export async function emptyAll(storage: Storage): Promise<void> {
  await storage.deleteAlarm();
  await storage.deleteAll();
}

/** Read from *from* on until a part is full. The first part has all tables, for they are made by it. */
function tablesOf(storage: Storage, schema: readonly Schema[], from: Place | null, { growing, emptied = [] }: Kept): { tables: TableCopy[]; next: Place | null } {
  const tables: TableCopy[] = [];
  let next: Place | null = null;
  let left = MOST_BYTES;
  for (const { name, sql } of from === null ? schema : schema.slice(schema.findIndex((each) => each.name === from.table))) {
    const pages = new TablePages(storage.sql, name);
    const made = { name, sql: from === null ? sql : "", columns: pages.columns };
    left = roomIn(left, name === growing);
    const isRead = next === null && !emptied.includes(name);
    const read: Rows = isRead ? pages.read(behind(from, name), left) : NO_ROWS;
    if (isRead || from === null) tables.push({ ...made, rows: read.rows });
    left -= read.bytes;
    if (read.last !== null) next = { table: name, after: read.last };
  }
  return { tables, next };
}

/** Where the table called *name* is read on from. */
const behind = (from: Place | null, name: string): Cell[] | null => (from?.table === name ? from.after : null);

/** Bytes that a table may have in a part of which *left* are left; one that grows has less. */
const roomIn = (left: number, isGrowing: boolean): number => (isGrowing ? Math.max(0, Math.min(left, PART_BYTES - (MOST_BYTES - left))) : left);
