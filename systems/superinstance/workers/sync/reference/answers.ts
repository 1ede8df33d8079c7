import * as v from "valibot";

const count = v.pipe(v.number(), v.integer());
/** A text where a number would not say enough: clients give it back as it is. */
const cursor = v.union([count, v.pipe(v.string(), v.regex(/^\d+-\d+$/))]);
const paged = { cursor, started: count, more: v.boolean() };
const item = { id: v.string(), version: count, deleted: v.boolean(), device: v.string(), updated_at: v.string() };
const outcome = {
  id: v.string(),
  status: v.picklist(["applied", "conflict"]),
  version: count,
  deleted: v.boolean(),
  conflict_id: v.nullable(v.string()),
};

/** A page of changed items that lie in D1. */
export const ENTRIES = v.strictObject({ items: v.array(v.strictObject({ ...item, value: v.optional(v.unknown()) })), ...paged });

/** A page of changed items that lie in R2. */
export const FILES = v.strictObject({
  items: v.array(
    v.strictObject({ ...item, size: v.optional(count), sha256: v.optional(v.string()), content_type: v.optional(v.string()) }),
  ),
  ...paged,
});

export const PUSHED = v.strictObject({ results: v.array(v.strictObject(outcome)), cursor: count });
export const PUSHED_ONE = v.strictObject({ ...outcome, cursor: count });
export const LOCK = v.strictObject({ lock_id: v.string(), fencing_token: count, expires_at: v.string() });

const standing = v.strictObject({
  items: count,
  bytes: count,
  conflicts: count,
  most_items: count,
  most_bytes: count,
  most_bytes_an_item: count,
});

const copy = {
  conflict_id: v.string(),
  name: v.string(),
  collection: v.string(),
  item_id: v.string(),
  base_version: count,
  deleted: v.boolean(),
  size: count,
  device: v.string(),
  created_at: v.string(),
};

/** A conflict copy: of an item in R2, that is not deleted, the bytes come instead. */
export const COPY = v.strictObject({ ...copy, value: v.optional(v.unknown()) });

export const STATUS = v.strictObject({
  user_id: v.string(),
  cursor: count,
  collections: v.strictObject({ settings: standing, history: standing, knowledge: standing, lora: standing }),
  lock: v.strictObject({ held: v.boolean(), seconds: count }),
  conflicts: v.array(v.strictObject(copy)),
  more_conflicts: v.boolean(),
});
