import type { Database } from "sql.js";

import { rowsOf } from "./sqlite";

const STATEMENT = /^\s*(?:SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE)\b/i;
const CHANGES_ALL = /^\s*(?:UPDATE|DELETE)\b(?![^]*\bWHERE\b)/i;
const SCAN = /^SCAN (\S+)(?: USING (?:COVERING )?(INDEX))?/;
const LIMIT = /\bLIMIT\b/i;

const judged = new Map<string, string | undefined>();

/** What the workers under test have asked of databases and should not have; `judge_plans.ts` fails their tests. */
export const costlyStatements: string[] = [];

/**
 * Note *sql*, which a worker asks, where SQLite would read every row of a table for it, or change every one. Rows that
 * are read are billed, and each call is dearer than the one before while the table grows. A page in the order of an
 * index is none of that.
 */
export function judgePlan(database: Database, sql: string): void {
  if (!judged.has(sql)) judged.set(sql, faultOf(database, sql));
  const fault = judged.get(sql);
  if (fault !== undefined) costlyStatements.push(`${fault}: ${sql.trim()}`);
}

function faultOf(database: Database, sql: string): string | undefined {
  if (!STATEMENT.test(sql)) return undefined;
  if (CHANGES_ALL.test(sql)) return "changes every row of a table";
  const tables = new Set(rowsOf(database, "SELECT name FROM sqlite_schema WHERE type = 'table'", []).map(({ name }) => name));
  for (const { detail } of rowsOf(database, `EXPLAIN QUERY PLAN ${sql}`, [])) {
    const [, name, index] = SCAN.exec(String(detail)) ?? [];
    const isPage = index !== undefined && LIMIT.test(sql);
    if (name !== undefined && tables.has(name) && !isPage) return `reads every row of ${name}`;
  }
  return undefined;
}
