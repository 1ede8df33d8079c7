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

/** What an object has to answer to be copied. Refusals are values. */
export interface Copied {
  /** The part that begins at *from*; `null`: the first. */
  copyOut(from: Place | null): Promise<Part>;
  copyIn(copy: ObjectCopy, replace: boolean): Promise<"copied" | "occupied">;
  empty(): Promise<void>;
}

type Storage = Pick<DurableObjectStorage, "sql" | "transactionSync" | "getAlarm" | "setAlarm" | "deleteAll" | "deleteAlarm">;

interface Schema {
  type: string;
  name: string;
  sql: string;
}

/** Bytes of values after which a part ends: an object of fewer is copied at one moment. A method call carries 32 MiB. */
export const PART_BYTES = 2_000_000;
const SCHEMA = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' ORDER BY rowid";

/** Return the part at *from* of what *storage* keeps of the object called *name*; `null`: the first. */
export async function copyOf(storage: Storage, name: string, from: Place | null): Promise<Part> {
  const schema = storage.sql.exec(SCHEMA).toArray() as unknown as Schema[];
  const { tables, next } = tablesOf(storage, schema.filter(({ type }) => type === "table"), from);
  if (from === null && next === null && tables.every(({ rows }) => rows.length === 0)) return { copy: null, next };
  const marks = { ...(from === null ? {} : { goes_on: true }), ...(next === null ? {} : { more: true }) };
  if (next !== null) return { copy: { name, tables, others: [], alarm: null, ...marks }, next };
  const others = schema.filter(({ type }) => type !== "table").map(({ sql }) => sql);
  return { copy: { name, tables, others, alarm: await storage.getAlarm(), ...marks }, next };
}

/** Put *copy* into *storage*, which its first part empties. */
export async function putCopy(storage: Storage, copy: ObjectCopy): Promise<void> {
  if (copy.goes_on !== true) await emptyAll(storage);
  storage.transactionSync(() => {
    for (const { name, sql, columns, rows } of copy.tables) {
      if (sql !== "") storage.sql.exec(sql);
      for (const row of rows) {
        const places = row.map(placeholderOf).join(", ");
        storage.sql.exec(`INSERT INTO ${quoted(name)} (${columns.map(quoted).join(", ")}) VALUES (${places})`, ...row.map(valueOf));
      }
    }
    for (const sql of copy.others) storage.sql.exec(sql);
  });
  if (copy.alarm !== null) await storage.setAlarm(copy.alarm);
}

/** Delete all that *storage* keeps. */
export async function emptyAll(storage: Storage): Promise<void> {
  await storage.deleteAlarm();
  await storage.deleteAll();
}

/** Read from *from* on until a part is full. The first part has all tables, for they are made by it. */
function tablesOf(storage: Storage, schema: readonly Schema[], from: Place | null): { tables: TableCopy[]; next: Place | null } {
  const tables: TableCopy[] = [];
  let next: Place | null = null;
  let left = PART_BYTES;
  for (const { name, sql } of from === null ? schema : schema.slice(schema.findIndex((each) => each.name === from.table))) {
    const pages = new TablePages(storage.sql, name);
    const { columns } = pages;
    if (next !== null) {
      if (from === null) tables.push({ name, sql, columns, rows: [] });
      continue;
    }
    const read = pages.read(from?.table === name ? from.after : null, left);
    tables.push({ name, sql: from === null ? sql : "", columns, rows: read.rows });
    left -= read.bytes;
    if (read.last !== null) next = { table: name, after: read.last };
  }
  return { tables, next };
}
