import * as v from "valibot";

import type { EdgeCache } from "#lib/edge_cache";
import { orUnavailable, type StoreState } from "../quota";
import { ID_RECORD, type IdCopies } from "./copies";
import type { IdRecord } from "./model";
import type { IdTable } from "./table";

// A record never changes.
const CACHE_SECONDS = 86_400;

/** An id that was read: its text, type and number. */
export interface Wanted {
  chittyId: string;
  entityType: string;
  number: number;
}

/** Stores that a record is looked for in, the nearest first. */
export interface RecordStores {
  cache: EdgeCache;
  copies: IdCopies;
  table: IdTable;
  /** What is known of the database. */
  database: StoreState;
  now: () => number;
  /** Does *work* behind the answer. */
  later: (work: Promise<unknown>) => void;
}

/**
 * Finds records: in the cache of the data centre, in KV, in D1. Whoever is asked later fills those before it, so that
 * a record costs KV a read for each data centre and day, and one write.
 */
export class IdReader {
  constructor(private readonly stores: RecordStores) {}

  /** Return the record of *wanted*, `undefined` when nobody minted it. ApiError 503 when only D1 could say. */
  async find(wanted: Wanted): Promise<IdRecord | undefined> {
    const { cache, copies, table, database, later, now } = this.stores;
    const cached = await cache.read(wanted.chittyId);
    if (v.is(ID_RECORD, cached)) return cached;
    const copy = await copies.read(wanted.chittyId);
    const record = copy ?? (await orUnavailable(database, "id_unavailable", () => table.find(wanted.entityType, wanted.number), now));
    if (record === undefined) return undefined;
    if (copy === undefined) later(copies.keep(record));
    later(this.remember(record));
    return record;
  }

  /** Keep *record* in the cache of this data centre. */
  remember(record: IdRecord): Promise<void> {
    return this.stores.cache.keep(record.chittyId, record, CACHE_SECONDS);
  }
}
