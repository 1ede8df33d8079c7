import schema from "../../../migrations/chittyconnect/003_document_storage.sql?raw";
import type { Owners } from "#lib/bearer";
import { sha256Hex } from "#lib/hash";
import { FakeD1 } from "#lib/testing/d1";
import { FakeR2 } from "#lib/testing/r2";
import type { DocumentLimits } from "../config";
import type { DocumentEvent } from "./events";
import { Garbage } from "./garbage";
import type { Library } from "./library";
import { pendingRow, type DocumentRow } from "./model";
import { DocumentObjects } from "./objects";
import { QuotaTable } from "./quota";
import { DocumentTable } from "./table";

export const OWNER = "CHITTY-1";
const LIMITS: DocumentLimits = { quotaBytes: 100, quotaDocuments: 3, maxUploadBytes: 50 };

/** A library in memory, with a clock that stands where the test puts it. */
export class LibraryHarness {
  readonly db = new FakeD1(schema);
  readonly bucket = new FakeR2();
  readonly events: DocumentEvent[] = [];
  readonly limits: DocumentLimits;
  now = Date.parse("2026-11-21T12:00:00Z");
  readonly library: Library;

  constructor(limits: Partial<DocumentLimits> = {}, owners: Owners = null) {
    this.limits = { ...LIMITS, ...limits };
    const now = (): number => this.now;
    const send = (event: DocumentEvent): Promise<void> => {
      this.events.push(event);
      return Promise.resolve();
    };
    this.library = {
      table: new DocumentTable(this.db.binding, owners, now),
      quotas: new QuotaTable(this.db.binding, this.limits, owners, now),
      objects: new DocumentObjects(this.bucket.binding),
      garbage: new Garbage(this.db.binding, this.bucket.binding),
      bucket: this.bucket.binding,
      events: { send } as unknown as Queue<DocumentEvent>,
      limits: this.limits,
      owners,
      now,
    };
  }

  /** A reservation of *size* bytes that lapses in an hour. */
  pending(size: number, extra: Partial<DocumentRow> = {}): DocumentRow {
    const given = { chittyId: OWNER, type: "note", name: "a.txt", contentType: "text/plain", metadata: {} };
    return { ...pendingRow(given, size, this.now, this.now + 3_600_000), ...extra };
  }

  /** Bytes and documents of the owner's quota that are used. */
  async used(): Promise<[number, number]> {
    const { bytes, documents } = await this.library.quotas.read(OWNER);
    return [bytes.used, documents.used];
  }

  /** Keys of all objects. */
  keys(): string[] {
    return [...this.bucket.objects.keys()].sort();
  }

  /** What lies at *key* in R2, by its digest: comparing large arrays takes long. */
  digest(key: string): Promise<string> {
    return sha256Hex(this.bucket.objects.get(key)?.bytes ?? new Uint8Array());
  }

  /** How many rows *table* has. */
  count(table: string): number {
    return this.db.rows(`SELECT * FROM ${table}`).length;
  }
}

/** *size* bytes: 0 to 250, over and over. */
export function bytes(size: number): Uint8Array {
  const period = 251;
  const all = new Uint8Array(size);
  for (let index = 0; index < Math.min(size, period); index++) all[index] = index;
  for (let done = period; done < size; done *= 2) all.copyWithin(done, 0, done);
  return all;
}
