import type { Owners } from "#lib/bearer";
import { documentLimits, type DocumentLimits } from "../config";
import type { Env } from "../env";
import type { DocumentEvent } from "./events";
import { Garbage } from "./garbage";
import { DocumentObjects } from "./objects";
import { QuotaTable } from "./quota";
import { DocumentTable } from "./table";

/** Everything documents are kept in. */
export interface Library {
  table: DocumentTable;
  quotas: QuotaTable;
  objects: DocumentObjects;
  garbage: Garbage;
  bucket: R2Bucket;
  events: Queue<DocumentEvent>;
  limits: DocumentLimits;
  /** Whose documents it shows and takes. */
  owners: Owners;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** The library as *env* is bound and configured, for those who may act for *owners*. */
export function openLibrary(env: Env, owners: Owners): Library {
  const limits = documentLimits(env);
  const now = Date.now;
  return {
    table: new DocumentTable(env.DB, owners, now),
    quotas: new QuotaTable(env.DB, limits, owners, now),
    objects: new DocumentObjects(env.DOCUMENT_STORAGE),
    garbage: new Garbage(env.DB, env.DOCUMENT_STORAGE),
    bucket: env.DOCUMENT_STORAGE,
    events: env.DOCUMENT_EVENTS,
    limits,
    owners,
    now,
  };
}
