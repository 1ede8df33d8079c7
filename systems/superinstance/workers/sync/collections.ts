import type { Env } from "./env";

/** What a user may have of a collection. */
export interface Limits {
  /** Items that are not deleted. As many deletions are remembered, the newest. */
  items: number;
  /** Bytes of items and of conflict copies together. */
  bytes: number;
  /** Conflict copies. */
  copies: number;
  /** Bytes of one item. */
  itemBytes: number;
}

const KIB = 1_024;
const MIB = 1_024 * KIB;
const GIB = 1_024 * MIB;

/** Items in D1: any JSON. */
export const ENTRY_COLLECTIONS = {
  settings: { items: 2_000, bytes: 16 * MIB, copies: 500, itemBytes: 64 * KIB },
  history: { items: 100_000, bytes: 64 * MIB, copies: 500, itemBytes: 64 * KIB },
} as const satisfies Record<string, Limits>;

/** Items whose bytes lie in R2. A request may have 100 MB. */
export const FILE_COLLECTIONS = {
  knowledge: { items: 10_000, bytes: 2 * GIB, copies: 500, itemBytes: 25 * MIB },
  lora: { items: 200, bytes: 10 * GIB, copies: 50, itemBytes: 95 * MIB },
} as const satisfies Record<string, Limits>;

export type EntryCollection = keyof typeof ENTRY_COLLECTIONS;
export type FileCollection = keyof typeof FILE_COLLECTIONS;
/** A collection of items that is synced by itself. */
export type Collection = EntryCollection | FileCollection;

/** All collections. */
export const COLLECTIONS = Object.keys({ ...ENTRY_COLLECTIONS, ...FILE_COLLECTIONS }) as readonly Collection[];

/** Return what a user may have of a collection. */
export function limitsOf(collection: Collection): Limits {
  return { ...ENTRY_COLLECTIONS, ...FILE_COLLECTIONS }[collection];
}

/** Return where the bytes of a collection lie. */
export function bucketOf(env: Env, collection: FileCollection): R2Bucket {
  return collection === "lora" ? env.MODEL_CACHE : env.KNOWLEDGE_STORE;
}

/** Whether the bytes of a collection lie in R2. */
export function isFiles(collection: Collection): collection is FileCollection {
  return Object.hasOwn(FILE_COLLECTIONS, collection);
}
