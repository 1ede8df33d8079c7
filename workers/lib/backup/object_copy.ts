import { ApiError } from "../errors";

/** A value of SQLite in JSON: whole numbers as text, for JavaScript rounds those above 2^53. */
type Cell = null | { i: string } | { r: string } | { t: string } | { b: string };

interface TableCopy {
  name: string;
  sql: string;
  columns: string[];
  rows: Cell[][];
}

/** All that an object keeps. */
export interface ObjectCopy {
  /** What the object is called: its name leads to it in any namespace, its id in its own only. */
  name: string;
  tables: TableCopy[];
  /** Indexes, triggers and views. */
  others: string[];
  /** When the alarm rings, in milliseconds since 1970; `null`: it does not. */
  alarm: number | null;
}

/** What an object has to answer to be copied. Refusals are values. */
export interface Copied {
  /** `null`: it keeps nothing. */
  copyOut(): Promise<ObjectCopy | null>;
  copyIn(copy: ObjectCopy, replace: boolean): Promise<"copied" | "occupied">;
  empty(): Promise<void>;
}

type Storage = Pick<DurableObjectStorage, "sql" | "transactionSync" | "getAlarm" | "setAlarm" | "deleteAll" | "deleteAlarm">;
type Row = Record<string, SqlStorageValue>;

interface Schema {
  type: string;
  name: string;
  sql: string;
}

/** Bytes of a database that are copied at most: a method call carries 32 MiB. */
export const MOST_BYTES = 12_000_000;
const SCHEMA = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' ORDER BY rowid";

/** Return what *storage* keeps of the object called *name*; `null`: nothing. ApiError 413 when that is too much. */
export async function copyOf(storage: Storage, name: string): Promise<ObjectCopy | null> {
  if (storage.sql.databaseSize > MOST_BYTES) throw new ApiError(413, "object_too_large", `an object of more than ${MOST_BYTES} bytes is not copied`);
  const schema = storage.sql.exec(SCHEMA).toArray() as unknown as Schema[];
  const tables = schema.filter(({ type }) => type === "table").map((each) => tableCopy(storage, each));
  if (tables.every(({ rows }) => rows.length === 0)) return null;
  const others = schema.filter(({ type }) => type !== "table").map(({ sql }) => sql);
  return { name, tables, others, alarm: await storage.getAlarm() };
}

/** Put *copy* into *storage*, which is emptied first. */
export async function putCopy(storage: Storage, copy: ObjectCopy): Promise<void> {
  await emptyAll(storage);
  storage.transactionSync(() => {
    for (const { name, sql, columns, rows } of copy.tables) {
      storage.sql.exec(sql);
      for (const row of rows) {
        const places = row.map((cell) => (cell !== null && "i" in cell ? "CAST(? AS INTEGER)" : "?")).join(", ");
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

function tableCopy(storage: Storage, { name, sql }: Schema): TableCopy {
  const described = storage.sql.exec(`PRAGMA table_xinfo(${quoted(name)})`).toArray() as unknown as { name: string; hidden: number }[];
  const columns = described.filter(({ hidden }) => hidden === 0).map((each) => each.name);
  const asked = columns.map(quoted).map((each, index) => `typeof(${each}) AS t${index}, ${told(each)} AS v${index}`);
  const rows = storage.sql.exec(`SELECT ${asked.join(", ")} FROM ${quoted(name)}`).toArray() as Row[];
  return { name, sql, columns, rows: rows.map((row) => columns.map((_, index) => cellOf(row, index))) };
}

const told = (column: string): string => `CASE typeof(${column}) WHEN 'integer' THEN CAST(${column} AS TEXT) ELSE ${column} END`;

function cellOf(row: Row, index: number): Cell {
  const value = row[`v${index}`] ?? null;
  if (value === null) return null;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return { b: base64Of(new Uint8Array(value as ArrayBuffer)) };
  if (row[`t${index}`] === "integer") return { i: String(value) };
  return typeof value === "number" ? { r: String(value) } : { t: value };
}

function valueOf(cell: Cell): SqlStorageValue {
  if (cell === null) return null;
  if ("i" in cell) return cell.i;
  if ("r" in cell) return Number(cell.r);
  return "t" in cell ? cell.t : (bytesOf(cell.b).buffer as ArrayBuffer);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const base64Of = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
