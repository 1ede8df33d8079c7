import { expect, it } from "vitest";

import { rowsOf, SqliteDatabase } from "#lib/testing/sqlite";
import { SQL, TABLES } from "./tables";

const database = new SqliteDatabase();
database.exec(TABLES);

it.each(Object.entries(SQL))("%s looks through no table that grows", (_, sql) => {
  const plan = rowsOf(database, `EXPLAIN QUERY PLAN ${sql}`, []).map(({ detail }) => String(detail));

  // Some rows in the order of an index are no look through the table.
  const scans = plan.filter((step) => /^SCAN/.test(step) && !(/USING (?:COVERING )?INDEX/.test(step) && /LIMIT (?:1|\?)$/.test(sql)));
  expect([scans, plan.filter((step) => step.includes("TEMP B-TREE"))]).toEqual([[], []]);
});
