// D1 databases, on the protocol of the D1 binding. One call is one transaction.
//
//   POST   /d1/<id>                        {sql, params} or {batch: [{sql, params}, …]}; several statements in one
//                                          `sql` are one transaction -> [{results, success, meta}, …], one a statement;
//                                          ?format=raw -> results are {columns, rows}

/** @import { Call } from "../admin/kinds" */

import { Problem } from "../admin/problem.mjs";
import { statements } from "./sql.mjs";

/**
 * @typedef {object} Query
 * @property {string} [sql]
 * @property {unknown[]} [params]
 * @property {Query[]} [batch]
 */

/** @param {Call} call */
export async function serve({ request, env, url, id }) {
  const database = env[`d1:${id}`];
  if (!database) throw new Problem(404, "unknown_database", `there is no database ${id}`);
  if (request.method !== "POST") throw new Problem(405, "unknown_operation", "a query is a POST");
  const format = url.searchParams.get("format") === "raw" ? "ROWS_AND_COLUMNS" : "ARRAY_OF_OBJECTS";
  const queries = queriesOf(await request.json());
  const response = await database.fetch(`http://d1/query?resultsFormat=${format}`, {
    method: "POST",
    body: JSON.stringify(queries),
  });
  /** @type {unknown[] | { error: string }} */
  const answer = await response.json();
  if (!Array.isArray(answer)) throw new Problem(400, "query_failed", answer.error);
  return Response.json(answer);
}

/**
 * @param {Query} query
 * @returns {{ sql: string, params: unknown[] }[]}
 */
function queriesOf({ sql, params = [], batch }) {
  if (batch) return batch.flatMap(queriesOf);
  const parts = statements(sql ?? "");
  if (parts.length === 0) throw new Problem(400, "query_failed", "No SQL statements detected.");
  if (parts.length > 1 && params.length > 0) {
    throw new Problem(400, "query_failed", "Parameters are taken by a single statement only.");
  }
  return parts.map((part) => ({ sql: part, params }));
}
