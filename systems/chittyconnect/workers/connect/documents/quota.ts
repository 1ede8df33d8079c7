import type { Owners } from "#lib/bearer";
import type { DocumentLimits } from "../config";
import { ownedBy } from "../owners";

/** How far an owner's quota is used. */
export interface Quota {
  bytes: { used: number; limit: number };
  documents: { used: number; limit: number };
  /** When the queue had it counted last. `null`: never. */
  recountedAt: string | null;
}

/** Documents of one type. Pending uploads are not among them. */
export interface TypeCount {
  type: string;
  documents: number;
  bytes: number;
}

interface QuotaRow {
  bytesUsed: number;
  documentsUsed: number;
  bytesLimit: number | null;
  documentsLimit: number | null;
  recountedAt: string | null;
}

const UNUSED: QuotaRow = {
  bytesUsed: 0,
  documentsUsed: 0,
  bytesLimit: null,
  documentsLimit: null,
  recountedAt: null,
};

// Counts from the documents themselves: once or often, in any order, the result is the same.
const RECOUNT = `
  INSERT INTO document_quotas (chitty_id, bytes_used, documents_used, updated_at, recounted_at)
  SELECT ?1, COALESCE(SUM(size), 0), COUNT(*), ?2, ?2 FROM documents WHERE chitty_id = ?1
  ON CONFLICT (chitty_id) DO UPDATE SET
    bytes_used = excluded.bytes_used, documents_used = excluded.documents_used,
    updated_at = ?2, recounted_at = ?2`;

const READ = `
  SELECT bytes_used AS bytesUsed, documents_used AS documentsUsed, bytes_limit AS bytesLimit,
         documents_limit AS documentsLimit, recounted_at AS recountedAt
  FROM document_quotas WHERE chitty_id = ?1`;

const COUNT = "SELECT type, COUNT(*) AS documents, SUM(size) AS bytes FROM documents WHERE status <> 'pending'";

/** Quotas and counts in D1. */
export class QuotaTable {
  constructor(
    private readonly db: D1Database,
    private readonly limits: DocumentLimits,
    private readonly owners: Owners,
    private readonly now: () => number,
  ) {}

  /** Count again what *chittyId* has. */
  async recount(chittyId: string): Promise<void> {
    const time = new Date(this.now()).toISOString();
    await this.db.prepare(RECOUNT).bind(chittyId, time).run();
  }

  async read(chittyId: string): Promise<Quota> {
    const row = (await this.db.prepare(READ).bind(chittyId).first<QuotaRow>()) ?? UNUSED;
    const { quotaBytes, quotaDocuments } = this.limits;
    return {
      bytes: { used: row.bytesUsed, limit: row.bytesLimit ?? quotaBytes },
      documents: { used: row.documentsUsed, limit: row.documentsLimit ?? quotaDocuments },
      recountedAt: row.recountedAt,
    };
  }

  /** Documents by type, of one owner or of all that may be seen. */
  async countByType(chittyId: string | undefined): Promise<TypeCount[]> {
    const owned = ownedBy(this.owners, chittyId);
    const sql = `${COUNT} AND ${owned.sql} GROUP BY type ORDER BY type`;
    const { results } = await this.db.prepare(sql).bind(...owned.values).all<TypeCount>();
    return results;
  }
}
