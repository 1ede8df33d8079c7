// D1 databases, on the protocol of the D1 binding. One call is one transaction.
//
//   POST   /d1/<id>                        {sql, params} or {batch: [{sql, params}, …]}; several statements in one
//                                          `sql` are one transaction -> [{results, success, meta}, …], one a statement;
//                                          ?format=raw -> results are {columns, rows}
//                                          ?split=query -> statements are told apart as by Cloudflare's /query

/** @import { Call } from "../admin/kinds" */

import { Problem } from "../admin/problem.mjs";
import { asQuery, asShell, statements } from "./sql.mjs";

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
  const split = url.searchParams.get("split") === "query" ? asQuery : asShell;
  const queries = queriesOf(await request.json(), split);
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
 * @param {import("./sql.mjs").Blocks} split
 * @returns {{ sql: string, params: unknown[] }[]}
 */
function queriesOf({ sql, params = [], batch }, split) {
  if (batch) return batch.flatMap((each) => queriesOf(each, split));
  const parts = statements(sql ?? "", split);
  if (parts.length === 0) throw new Problem(400, "query_failed", "No SQL statements detected.");
  if (parts.length > 1 && params.length > 0) {
    throw new Problem(400, "malformed", "params with multiple statements is not supported");
  }
  return parts.map((part) => ({ sql: part, params }));
}
