import type { Json } from "#lib/json";

/** Digest of what is deleted: no content has it. */
export const DELETED = "deleted";

/** What a client wants of an item. */
export interface Change {
  id: string;
  /** The version that it has seen: 0 when it knows of none. */
  base: number;
  deleted: boolean;
  /** SHA-256 of the content; `DELETED`. */
  digest: string;
  size: number;
  /** Of an item in D1. */
  content?: Json;
  /** Of an item in R2. */
  object_key?: string;
  content_type?: string;
  /** Conflict copies that it settles. */
  resolves: readonly string[];
  /** What it is called as a conflict copy, if it becomes one: the same for the same push. */
  conflict_id: string;
}

/** Changes of one collection that are made together. */
export interface Push<Collection> {
  userId: string;
  collection: Collection;
  /** Name that the client gives itself. */
  device: string;
  changes: readonly Change[];
}

/** What became of a change. */
export interface Outcome {
  id: string;
  status: "applied" | "conflict";
  /** The current version of the item: the new one, or the one that was not seen. */
  version: number;
  /** Whether the item is deleted now. */
  deleted: boolean;
  conflict_id: string | null;
}
