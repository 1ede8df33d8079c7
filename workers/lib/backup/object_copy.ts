import { TablePages, type Cell, type Place, valueOf, placeholderOf, quoted } from "./table_pages";

interface TableCopy {
  name: string;
  /** "": the table is there since a part before. */
  sql: string;
  columns: string[];
  rows: Cell[][];
}

/** What an object keeps, or a part of it. */
export interface ObjectCopy {
  /** What the object is called: its name leads to it in any namespace, its id in its own only. */
  name: string;
  tables: TableCopy[];
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
const SCHEMA = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' ORDER BY rowid";

/** Whether parts of a copy have been brought in, and others have not: the object is to refuse whatever is asked of it. */
export function isPartial(storage: Pick<Storage, "kv">): boolean {
  return storage.kv.get(PARTIAL) === true;
}

/**
 * Return the part at *from* of what *storage* keeps of the object called *name*; `null`: the first.
 *
 * All tables but the one called *growing* are in the first part, of one moment; that one is read last, part by part.
 */
export async function copyOf(storage: Storage, name: string, from: Place | null, growing: string): Promise<Part | { refused: string }> {
  if (isPartial(storage)) return { refused: "a copy is being brought in; go on with that first" };
  const schema = storage.sql.exec(SCHEMA).toArray() as unknown as Schema[];
  const stored = schema.filter(({ type }) => type === "table").sort((one, other) => Number(one.name === growing) - Number(other.name === growing));
  const unkeyed = stored.find((each) => !new TablePages(storage.sql, each.name).isKeyed);
  if (unkeyed !== undefined) return { refused: `table ${unkeyed.name} has columns called as row ids are` };
  const { tables, next } = tablesOf(storage, stored, from, growing);
  if (from === null && next === null && tables.every(({ rows }) => rows.length === 0)) return { copy: null, next };
  const marks = { ...(from === null ? {} : { goes_on: true }), ...(next === null ? {} : { more: true }) };
  if (next !== null) return { copy: { name, tables, others: [], alarm: null, ...marks }, next };
  const others = schema.filter(({ type }) => type !== "table").map(({ sql }) => sql);
  return { copy: { name, tables, others, alarm: await storage.getAlarm(), ...marks }, next };
}

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
  if (copy.alarm !== null) await storage.setAlarm(copy.alarm);
  return "copied";
}

function dropAll(storage: Storage): void {
  const schema = storage.sql.exec(SCHEMA).toArray() as unknown as Schema[];
  const made = schema.filter(({ type }) => type === "table" || type === "view").reverse();
  for (const { type, name } of made) storage.sql.exec(`DROP ${type} ${quoted(name)}`);
}

function fill(storage: Storage, copy: ObjectCopy): void {
  for (const { name, sql, columns, rows } of copy.tables) {
    if (sql !== "") storage.sql.exec(sql);
    for (const row of rows) {
      const places = row.map(placeholderOf).join(", ");
      storage.sql.exec(`INSERT INTO ${quoted(name)} (${columns.map(quoted).join(", ")}) VALUES (${places})`, ...row.map(valueOf));
    }
  }
  for (const sql of copy.others) storage.sql.exec(sql);
}

/** Delete all that *storage* keeps. */
export async function emptyAll(storage: Storage): Promise<void> {
  await storage.deleteAlarm();
  await storage.deleteAll();
}

/** Read from *from* on until a part is full. The first part has all tables, for they are made by it. */
function tablesOf(storage: Storage, schema: readonly Schema[], from: Place | null, growing: string): { tables: TableCopy[]; next: Place | null } {
  const tables: TableCopy[] = [];
  let next: Place | null = null;
  let left = MOST_BYTES;
  for (const { name, sql } of from === null ? schema : schema.slice(schema.findIndex((each) => each.name === from.table))) {
    const pages = new TablePages(storage.sql, name);
    const { columns } = pages;
    if (next !== null) {
      if (from === null) tables.push({ name, sql, columns, rows: [] });
      continue;
    }
    if (name === growing) left = Math.max(0, Math.min(left, PART_BYTES - (MOST_BYTES - left)));
    const read = pages.read(from?.table === name ? from.after : null, left);
    tables.push({ name, sql: from === null ? sql : "", columns, rows: read.rows });
    left -= read.bytes;
    if (read.last !== null) next = { table: name, after: read.last };
  }
  return { tables, next };
}
