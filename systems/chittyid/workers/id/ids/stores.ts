import { CLOCK } from "#lib/clock";
import { EdgeCache } from "#lib/edge_cache";
import type { ApiContext } from "#lib/route";
import type { Env } from "../env";
import { stateOf } from "../quota";
import { IdCopies } from "./copies";
import type { RecordStores } from "./reader";
import { IdTable } from "./table";

/** The stores of records as they are bound to the request *c*. */
export function recordStores(c: ApiContext<Env>): RecordStores {
  const { DB, CHITTYID_KV, CORS_ORIGIN } = c.env;
  return {
    cache: new EdgeCache(CORS_ORIGIN, "ids"),
    copies: new IdCopies(CHITTYID_KV, {
      read: stateOf(CHITTYID_KV, "read", CLOCK.now),
      write: stateOf(CHITTYID_KV, "write", CLOCK.now),
    }),
    table: new IdTable(DB, CLOCK.now),
    database: stateOf(DB, "any", CLOCK.now),
    now: CLOCK.now,
    later: (work) => {
      c.executionCtx.waitUntil(work);
    },
  };
}
