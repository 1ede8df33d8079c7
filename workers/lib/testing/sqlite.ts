import initSqlJs, { type Database, type Value } from "sql.js";

/** SQLite itself, in memory. */
export const { Database: SqliteDatabase } = await initSqlJs();

/** A row, by its columns. */
export type Row = Record<string, Value>;

/** Return the rows of one statement; *inspect* is told how many columns they have, before there is one. */
export function rowsOf(database: Database, sql: string, values: Value[], inspect: (columns: number) => void = () => undefined): Row[] {
  const statement = database.prepare(sql);
  try {
    inspect(statement.getColumnNames().length);
    statement.bind(values);
    const rows = [];
    while (statement.step()) rows.push(statement.getAsObject());
    return rows;
  } finally {
    statement.free();
  }
}
