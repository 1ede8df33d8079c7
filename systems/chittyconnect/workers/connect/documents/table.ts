import type { Owners } from "#lib/bearer";
import type { DocumentLimits } from "../config";
import { ownedBy } from "../owners";
import { searchText, type DocumentMetadata, type DocumentRow, type DocumentStatus } from "./model";

const COLUMNS = `
  id, chitty_id AS chittyId, type, name, content_type AS contentType, size, key, status, etag, sha256,
  created_at AS createdAt, updated_at AS updatedAt, upload_key AS uploadKey, upload_id AS uploadId,
  part_size AS partSize, pending_until AS pendingUntil,
  (SELECT json_group_object(name, value) FROM document_metadata WHERE document_id = documents.id) AS metadata`;

const OPEN_QUOTA = `
  INSERT INTO document_quotas (chitty_id, updated_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING`;

// The row appears only within the quota; the statements after it act only if it did.
const RESERVE = `
  INSERT INTO documents (id, chitty_id, type, name, content_type, size, key, status, search_text,
                         created_at, updated_at, upload_key, upload_id, part_size, pending_until)
  SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, 'pending', ?8, ?9, ?9, ?10, ?11, ?12, ?13
  FROM document_quotas
  WHERE chitty_id = ?2 AND bytes_used + ?6 <= COALESCE(bytes_limit, ?14)
    AND documents_used + 1 <= COALESCE(documents_limit, ?15)`;

const DESCRIBE = `
  INSERT INTO document_metadata (document_id, name, value)
  SELECT ?1, key, value FROM json_each(?2) WHERE EXISTS (SELECT 1 FROM documents WHERE id = ?1)`;

const CHARGE = `
  UPDATE document_quotas SET updated_at = ?3, documents_used = documents_used + 1,
    bytes_used = bytes_used + (SELECT size FROM documents WHERE id = ?2)
  WHERE chitty_id = ?1 AND EXISTS (SELECT 1 FROM documents WHERE id = ?2)`;

// Removal acts on one document, and only in a status of the list.
const DOOMED = "SELECT id FROM documents WHERE id = ?1 AND status IN (SELECT value FROM json_each(?2))";

const REFUND = `
  UPDATE document_quotas SET updated_at = ?4, documents_used = MAX(0, documents_used - 1),
    bytes_used = MAX(0, bytes_used - (SELECT size FROM documents WHERE id = ?1))
  WHERE chitty_id = ?3 AND EXISTS (${DOOMED})`;

const DISCARD_OBJECTS = `
  INSERT INTO document_garbage (key, queued_at)
  SELECT key, ?3 FROM documents WHERE id IN (${DOOMED})
  UNION SELECT upload_key, ?3 FROM documents WHERE id IN (${DOOMED}) AND upload_key IS NOT NULL
  ON CONFLICT DO NOTHING`;

const DISCARD_UPLOAD = `
  INSERT INTO document_garbage (key, queued_at)
  SELECT upload_key, ?2 FROM documents WHERE id = ?1 AND upload_key IS NOT NULL
  ON CONFLICT DO NOTHING`;

const STORE = `
  UPDATE documents SET status = 'stored', etag = ?2, sha256 = ?3, updated_at = ?4, upload_key = NULL,
    upload_id = NULL, part_size = NULL, pending_until = NULL
  WHERE id = ?1 AND status = 'pending'`;

const ARCHIVE = `
  UPDATE documents SET status = 'archived', key = ?3, etag = ?4, updated_at = ?5
  WHERE id = ?1 AND key = ?2 AND status = 'stored'`;

const DISCARD_FORMER = `
  INSERT INTO document_garbage (key, queued_at)
  SELECT ?2, ?4 WHERE EXISTS (SELECT 1 FROM documents WHERE id = ?1 AND key = ?3)
  ON CONFLICT DO NOTHING`;

/** A row as D1 gives it. */
type RawRow = Omit<DocumentRow, "metadata"> & { metadata: string };

/** What is known of an object once it lies in R2. */
export interface ObjectFacts {
  etag: string;
  sha256: string | null;
}

/**
 * Documents in D1, those of *owners*: others are not found. Each change of documents carries the change of its owner's quota, and a note of
 * the objects it leaves behind, in one transaction: a batch.
 */
export class DocumentTable {
  constructor(
    private readonly db: D1Database,
    private readonly owners: Owners,
    private readonly now: () => number,
  ) {}

  /** Reserve place for the pending *row*. `false`: it is beyond the owner's quota. */
  async reserve(row: DocumentRow, limits: DocumentLimits): Promise<boolean> {
    const [, reserved] = await this.db.batch([
      this.db.prepare(OPEN_QUOTA).bind(row.chittyId, row.createdAt),
      this.db.prepare(RESERVE).bind(...reservation(row, limits)),
      this.db.prepare(DESCRIBE).bind(row.id, JSON.stringify(row.metadata)),
      this.db.prepare(CHARGE).bind(row.chittyId, row.id, row.createdAt),
    ]);
    return reserved?.meta.changes === 1;
  }

  /** The upload is complete. `false`: the reservation is gone. */
  async store(id: string, facts: ObjectFacts): Promise<boolean> {
    const time = this.time();
    const [, stored] = await this.db.batch([
      this.db.prepare(DISCARD_UPLOAD).bind(id, time),
      this.db.prepare(STORE).bind(id, facts.etag, facts.sha256, time),
    ]);
    return stored?.meta.changes === 1;
  }

  /** The document lies at *key* now. `false`: it was removed or archived meanwhile. */
  async archive(row: DocumentRow, key: string, etag: string): Promise<boolean> {
    const time = this.time();
    const [archived] = await this.db.batch([
      this.db.prepare(ARCHIVE).bind(row.id, row.key, key, etag, time),
      this.db.prepare(DISCARD_FORMER).bind(row.id, row.key, key, time),
    ]);
    return archived?.meta.changes === 1;
  }

  /**
   * Remove the document while it is in one of *statuses*, and leave its objects to the sweep.
   * `false`: there was none.
   */
  async remove(row: DocumentRow, statuses: readonly DocumentStatus[]): Promise<boolean> {
    const time = this.time();
    const doomed = [row.id, JSON.stringify(statuses)];
    const results = await this.db.batch([
      this.db.prepare(REFUND).bind(...doomed, row.chittyId, time),
      this.db.prepare(DISCARD_OBJECTS).bind(...doomed, time),
      this.db.prepare(`DELETE FROM document_metadata WHERE document_id IN (${DOOMED})`).bind(...doomed),
      this.db.prepare(`DELETE FROM documents WHERE id IN (${DOOMED})`).bind(...doomed),
    ]);
    return results.at(-1)?.meta.changes === 1;
  }

  async find(id: string): Promise<DocumentRow | undefined> {
    const [row] = await this.select("id = ?", "", id);
    return row;
  }

  /** Pending uploads whose time is over, of one owner or of all. */
  lapsed(chittyId: string | undefined, limit: number): Promise<DocumentRow[]> {
    const { sql, values } = ownedBy(null, chittyId);
    const condition = `status = 'pending' AND pending_until <= ? AND ${sql}`;
    return this.select(condition, "LIMIT ?", this.time(), ...values, limit);
  }

  /**
   * Rows of the owners for which *condition* holds, in the order and number that *tail* says: SQL with
   * *values* for its question marks.
   */
  async select(condition: string, tail: string, ...values: (string | number)[]): Promise<DocumentRow[]> {
    const owned = ownedBy(this.owners);
    const sql = `SELECT ${COLUMNS} FROM documents WHERE ${owned.sql} AND ${condition} ${tail}`;
    const statement = this.db.prepare(sql).bind(...owned.values, ...values);
    const { results } = await statement.all<RawRow>();
    return results.map(parseRow);
  }

  private time(): string {
    return new Date(this.now()).toISOString();
  }
}

function reservation(row: DocumentRow, limits: DocumentLimits): (string | number | null)[] {
  return [
    row.id,
    row.chittyId,
    row.type,
    row.name,
    row.contentType,
    row.size,
    row.key,
    searchText(row),
    row.createdAt,
    row.uploadKey,
    row.uploadId,
    row.partSize,
    row.pendingUntil,
    limits.quotaBytes,
    limits.quotaDocuments,
  ];
}

function parseRow(row: RawRow): DocumentRow {
  return { ...row, metadata: JSON.parse(row.metadata) as DocumentMetadata };
}
