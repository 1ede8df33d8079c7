import * as v from "valibot";

import type { TokenRecord } from "#lib/bearer";
import type { EdgeCache } from "#lib/edge_cache";
import { ApiError } from "#lib/errors";
import { orUnavailable, type StoreState } from "../quota";
import type { TokenEntry } from "./model";
import type { TokenTable } from "./table";

const FRESH_MS = 60_000;
// What a data centre knows is better than nothing while the database is out, but not for long: it may be revoked.
const KEPT_SECONDS = 3600;

const KEPT = v.object({
  at: v.number(),
  record: v.object({
    id: v.string(),
    sha256: v.string(),
    scopes: v.array(v.string()),
    owners: v.null(),
    expires: v.number(),
  }),
});

/** Tokens that were issued, as whoever asks is compared with them. */
export class IssuedTokens {
  constructor(
    private readonly table: TokenTable,
    private readonly cache: EdgeCache,
    private readonly database: StoreState,
    private readonly now: () => number,
  ) {}

  /**
   * Find the token whose hash is *sha256*, unless it was revoked; `undefined` where there is none.
   *
   * What is known is up to a minute old, and up to an hour while the database does not answer. ApiError 503 when
   * nothing is known then.
   */
  async find(sha256: string): Promise<TokenRecord | undefined> {
    const kept = this.read(await this.cache.read(sha256));
    if (kept !== undefined && kept.at + FRESH_MS > this.now()) return kept.record;
    try {
      return await this.look(sha256);
    } catch (error) {
      if (kept !== undefined && error instanceof ApiError) return kept.record;
      throw error;
    }
  }

  /** Forget the token whose hash is *sha256*: here at once, elsewhere within a minute. */
  async forget(sha256: string): Promise<void> {
    await this.cache.forget(sha256);
  }

  private async look(sha256: string): Promise<TokenRecord | undefined> {
    const entry = await orUnavailable(this.database, "token_unavailable", () => this.table.find(sha256), this.now);
    if (entry === undefined || entry.revoked_at !== null) {
      await this.forget(sha256);
      return undefined;
    }
    const record = recordOf(entry);
    await this.cache.keep(sha256, { at: this.now(), record }, KEPT_SECONDS);
    return record;
  }

  private read(cached: unknown): { at: number; record: TokenRecord } | undefined {
    return v.is(KEPT, cached) ? cached : undefined;
  }
}

function recordOf({ token_id, sha256, scopes, expires_at }: TokenEntry & { sha256: string }): TokenRecord {
  return { id: token_id, sha256, scopes, owners: null, expires: Date.parse(expires_at) };
}
