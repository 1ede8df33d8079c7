import * as v from "valibot";

import { describeError, log } from "#lib/log";
import type { StoreState } from "../quota";
import type { IdRecord } from "./model";

const PREFIX = "id:";
const SECONDS = 30 * 86_400;

/** What a copy holds; anything else is no copy. */
export const ID_RECORD = v.strictObject({
  chittyId: v.string(),
  entity_type: v.string(),
  minted_at: v.string(),
  status: v.literal("minted"),
}) satisfies v.GenericSchema<unknown, IdRecord>;

/**
 * Copies of records in KV, near to whoever reads them. KV is no part of the truth: what it fails with is a miss, and
 * what its quota of the day is exhausted for is not asked for a while. Reads and writes have quotas of their own.
 */
export class IdCopies {
  constructor(
    private readonly kv: KVNamespace,
    private readonly states: Readonly<Record<"read" | "write", StoreState>>,
  ) {}

  async read(chittyId: string): Promise<IdRecord | undefined> {
    const found = await this.attempt("read", () => this.kv.get(PREFIX + chittyId, "json"));
    return v.is(ID_RECORD, found) ? found : undefined;
  }

  async keep(record: IdRecord): Promise<void> {
    const options = { expirationTtl: SECONDS };
    await this.attempt("write", () => this.kv.put(PREFIX + record.chittyId, JSON.stringify(record), options));
  }

  private async attempt<T>(operation: "read" | "write", ask: () => Promise<T>): Promise<T | undefined> {
    const state = this.states[operation];
    if (state.isClosed) return undefined;
    try {
      return await state.watch(ask);
    } catch (error) {
      log("warn", "kv_failed", { operation, ...describeError(error) });
      return undefined;
    }
  }
}
