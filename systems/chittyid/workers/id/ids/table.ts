import { mintedId } from "./forms";
import type { IdRecord } from "./model";

const MINT = `
  INSERT INTO ids (entity_type, minted_at, minted_by, idempotency_key) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (minted_by, idempotency_key) DO NOTHING
  RETURNING number, entity_type, minted_at`;
const AGAIN = "SELECT number, entity_type, minted_at FROM ids WHERE minted_by = ?1 AND idempotency_key = ?2";
const FIND = "SELECT number, entity_type, minted_at FROM ids WHERE number = ?1 AND entity_type = ?2";

interface Row {
  number: number;
  entity_type: string;
  minted_at: string;
}

/** Who mints, and under which key the same request counts once. */
export interface Minting {
  entityType: string;
  tokenId: string;
  /** Default: every request mints. */
  idempotencyKey: string | null;
}

/** What came of a request to mint. *replayed*: an earlier request under the same key had minted it. */
export interface Minted {
  record: IdRecord;
  replayed: boolean;
}

/**
 * Ids in D1: its counter gives each number once, and an id is answered after its row is kept.
 */
export class IdTable {
  constructor(
    private readonly db: D1Database,
    private readonly now: () => number,
  ) {}

  async mint({ entityType, tokenId, idempotencyKey }: Minting): Promise<Minted> {
    const values = [entityType, new Date(this.now()).toISOString(), tokenId, idempotencyKey];
    const row = await this.db.prepare(MINT).bind(...values).first<Row>();
    if (row !== null) return { record: recordOf(row), replayed: false };
    const earlier = await this.db.prepare(AGAIN).bind(tokenId, idempotencyKey).first<Row>();
    if (earlier === null) throw new Error("the id of an idempotency key is gone");
    return { record: recordOf(earlier), replayed: true };
  }

  async find(entityType: string, number: number): Promise<IdRecord | undefined> {
    const row = await this.db.prepare(FIND).bind(number, entityType).first<Row>();
    return row === null ? undefined : recordOf(row);
  }
}

function recordOf({ number, entity_type, minted_at }: Row): IdRecord {
  return { chittyId: mintedId(entity_type, number), entity_type, minted_at, status: "minted" };
}
