import { jsonBytes } from "../json";

/** A value of SQLite in JSON: whole numbers as text, for JavaScript rounds those above 2^53. */
export type Cell = null | { i: string } | { r: string } | { t: string } | { b: string };

/** Where a copy goes on: in *table*, behind the row with the keys *after*. */
export interface Place {
  table: string;
  after: Cell[];
}

/**
 * Rows that were read, and the bytes of their values as JSON: whoever brings them back takes so many in a request, and
 * no more. *last*: keys of the last of them; `null` at the end of the table.
 */
export interface Rows {
  rows: Cell[][];
  bytes: number;
  last: Cell[] | null;
}

type Row = Record<string, SqlStorageValue>;
type Sql = DurableObjectStorage["sql"];

const FEWEST = 8;
const MOST = 1_000;
const ROW_IDS = ["rowid", "_rowid_", "oid"];

/** Rows of one table in the order of its keys: its row id, or the primary key of one that has none. */
export class TablePages {
  /** Columns that are kept; computed ones are not among them. */
  readonly columns: string[];
  private readonly keys: string[];

  constructor(
    private readonly sql: Sql,
    private readonly name: string,
  ) {
    const described = sql.exec(`PRAGMA table_xinfo(${quoted(name)})`).toArray() as unknown as { name: string; hidden: number; pk: number }[];
    this.columns = described.filter(({ hidden }) => hidden === 0).map((each) => each.name);
    const listed = sql.exec("PRAGMA table_list").toArray() as unknown as { name: string; wr: number }[];
    const primary = described.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk);
    const names = new Set(described.map((each) => each.name.toLowerCase()));
    const rowId = ROW_IDS.filter((each) => !names.has(each)).slice(0, 1);
    this.keys = listed.some((each) => each.name === name && each.wr === 1) ? primary.map((each) => each.name) : rowId;
  }

  /** Whether there is a name for its keys: columns may be called as all of those of a row id are. */
  get isKeyed(): boolean {
    return this.keys.length > 0;
  }

  /** Read behind the keys *after* until their values have *bytes*, or the table ends; `null`: from its beginning. */
  read(after: Cell[] | null, bytes: number): Rows {
    const rows: Cell[][] = [];
    let size = 0;
    let last = after;
    for (let limit = FEWEST; ; limit = Math.max(FEWEST, Math.min(MOST, Math.floor(((bytes - size) * rows.length) / Math.max(size, 1))))) {
      const page = this.page(last, limit);
      rows.push(...page.map((cells) => cells.slice(0, this.columns.length)));
      size += page.flat().reduce((sum, cell) => sum + sizeOf(cell), 0);
      last = page.at(-1)?.slice(this.columns.length) ?? last;
      if (page.length < limit) return { rows, bytes: size, last: null };
      if (size >= bytes) return { rows, bytes: size, last };
    }
  }

  private page(after: Cell[] | null, limit: number): Cell[][] {
    const names = [...this.columns, ...this.keys].map(quoted);
    const asked = names.map((each, index) => `typeof(${each}) AS t${index}, ${told(each)} AS v${index}`).join(", ");
    const keys = this.keys.map(quoted).join(", ");
    const behind = after === null ? "" : ` WHERE (${keys}) > (${after.map(placeholderOf).join(", ")})`;
    const rows = this.sql.exec(`SELECT ${asked} FROM ${quoted(this.name)}${behind} ORDER BY ${keys} LIMIT ${limit}`, ...(after ?? []).map(valueOf));
    return (rows.toArray() as Row[]).map((row) => names.map((_, index) => cellOf(row, index)));
  }
}

/** How the value of *cell* stands in a statement. */
export const placeholderOf = (cell: Cell): string => (cell !== null && "i" in cell ? "CAST(? AS INTEGER)" : "?");

/** The value of *cell* as it is bound. */
export function valueOf(cell: Cell): SqlStorageValue {
  if (cell === null) return null;
  if ("i" in cell) return cell.i;
  if ("r" in cell) return Number(cell.r);
  return "t" in cell ? cell.t : (bytesOf(cell.b).buffer as ArrayBuffer);
}

/** *name* as SQL writes it. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

const told = (column: string): string => `CASE typeof(${column}) WHEN 'integer' THEN CAST(${column} AS TEXT) ELSE ${column} END`;

function cellOf(row: Row, index: number): Cell {
  const value = row[`v${index}`] ?? null;
  if (value === null) return null;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return { b: base64Of(new Uint8Array(value as ArrayBuffer)) };
  if (row[`t${index}`] === "integer") return { i: String(value) };
  return typeof value === "number" ? { r: String(value) } : { t: value };
}

const sizeOf = (cell: Cell): number => jsonBytes(cell);
const base64Of = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
