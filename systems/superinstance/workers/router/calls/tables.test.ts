import { expect, it } from "vitest";

import { rowsOf, SqliteDatabase } from "#lib/testing/sqlite";
import { SQL, TABLES } from "./tables";

const database = new SqliteDatabase();
database.exec(TABLES);

/** Of tables that are emptied: of requests after a minute, of records once billing has taken them. */
const SMALL: readonly string[] = ["hitsSince", "forgetHits", "due", "nextRecord", "unbilled"];

it.each(Object.entries(SQL).filter(([name]) => !SMALL.includes(name)))("%s looks through no table that grows", (_, sql) => {
  const plan = rowsOf(database, `EXPLAIN QUERY PLAN ${sql}`, []).map(({ detail }) => String(detail));

  // In the order of an index up to its first row is no look through the table.
  const scans = plan.filter((step) => /^SCAN/.test(step) && !(/USING (?:COVERING )?INDEX/.test(step) && sql.endsWith("LIMIT 1")));
  expect([scans, plan.filter((step) => step.includes("TEMP B-TREE"))]).toEqual([[], []]);
});
