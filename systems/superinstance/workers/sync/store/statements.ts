// A push in SQL: ?1 the user, ?2 the collection, ?3 its changes as JSON. Numbers within JSON stay whole, those that are
// bound would be REAL. Every statement goes by the keys of the changes: what it reads does not grow with what a user has.
// CROSS JOIN has SQLite do so; it would rather go through all that a user has, and through the changes for each.

/** Deletions that a push forgets at most: more than it can add, so that what was there before this was counted goes as well. */
const MOST_FORGOTTEN = 200;
/** The item of a change. */
const ITEM = "sync_items AS i ON i.user_id = ?1 AND i.collection = ?2 AND i.item_id = p.value ->> 'id'";
/** Whether a change says what is current: the same content, as the same media type. What never was is as good as deleted. */
const STANDS = "(COALESCE(i.digest, 'deleted') = p.value ->> 'digest' AND i.content_type IS p.value ->> 'content_type')";
/** Whether a change has seen what is current, and says something else. */
const IS_NEXT = `COALESCE(i.version, 0) = p.value ->> 'base' AND NOT ${STANDS}`;
const IS_CONFLICT = `COALESCE(i.version, 0) <> p.value ->> 'base' AND NOT ${STANDS}`;
/** Whether the bytes of a change, where it has some, are there and will stay. */
const HAS_BYTES = `(p.value ->> 'object_key' IS NULL OR EXISTS (
    SELECT 1 FROM sync_objects AS o WHERE o.object_key = p.value ->> 'object_key' AND o.doomed = 0))`;
const CONTENT = `p.value ->> 'deleted', p.value ->> 'digest', p.value ->> 'size', p.value -> 'content',
    p.value ->> 'object_key', p.value ->> 'content_type'`;
/** Conflict copies that changes settle which stand now. */
const RESOLVED = `
  FROM json_each(?3) AS p
    CROSS JOIN ${ITEM} AND ${STANDS}
    CROSS JOIN json_each(p.value, '$.resolves') AS r
    CROSS JOIN sync_conflicts AS c ON c.user_id = ?1 AND c.conflict_id = r.value AND c.collection = ?2 AND c.item_id = i.item_id`;

export const BEGIN_USAGE = `
  INSERT INTO sync_usage (user_id, collection, items, bytes, copies) VALUES (?1, ?2, 0, 0, 0)
  ON CONFLICT (user_id, collection) DO NOTHING`;

/** Count what the changes touch, before and after; ?4 ids of conflict copies, ?5 -1 or 1. */
export const COUNT = `
  UPDATE sync_usage SET
    items = items + CAST(?5 AS INTEGER) * (SELECT COUNT(*) FROM json_each(?3) AS p CROSS JOIN ${ITEM} WHERE i.deleted = 0),
    deletions = deletions + CAST(?5 AS INTEGER) * (SELECT COUNT(*) FROM json_each(?3) AS p CROSS JOIN ${ITEM} WHERE i.deleted = 1),
    bytes = bytes + CAST(?5 AS INTEGER) * (
      (SELECT COALESCE(SUM(i.size), 0) FROM json_each(?3) AS p CROSS JOIN ${ITEM})
      + (SELECT COALESCE(SUM(c.size), 0) FROM sync_conflicts AS c
        WHERE c.user_id = ?1 AND c.conflict_id IN (SELECT value FROM json_each(?4)) AND c.collection = ?2)),
    copies = copies + CAST(?5 AS INTEGER) * (SELECT COUNT(*) FROM sync_conflicts AS c
      WHERE c.user_id = ?1 AND c.conflict_id IN (SELECT value FROM json_each(?4)) AND c.collection = ?2)
  WHERE user_id = ?1 AND collection = ?2`;

/** ?4 the device, ?5 the time. */
export const KEEP_COPIES = `
  INSERT INTO sync_conflicts (user_id, conflict_id, collection, item_id, base_version, deleted, digest, size, content,
    object_key, content_type, device, created_at)
  SELECT ?1, p.value ->> 'conflict_id', ?2, p.value ->> 'id', p.value ->> 'base', ${CONTENT}, ?4, ?5
  FROM json_each(?3) AS p LEFT JOIN ${ITEM}
  WHERE ${IS_CONFLICT} AND ${HAS_BYTES}
  ON CONFLICT (user_id, conflict_id) DO NOTHING`;

/** Note objects that are about to be replaced; ?4 when they are due. */
export const NOTE_REPLACED = `
  INSERT INTO sync_objects (object_key, user_id, collection, due_at, doomed)
  SELECT i.object_key, ?1, ?2, CAST(?4 AS INTEGER), 0
  FROM json_each(?3) AS p CROSS JOIN ${ITEM}
  WHERE i.object_key IS NOT NULL AND ${IS_NEXT} AND ${HAS_BYTES}`;

/** ?4 the device, ?5 the time. What is new, or was forgotten, has no version that anybody can have seen. */
export const APPLY = `
  INSERT INTO sync_items (user_id, collection, item_id, version, change, deleted, digest, size, content, object_key,
    content_type, device, updated_at)
  SELECT ?1, ?2, p.value ->> 'id', (p.value ->> 'base') + 1 + CASE WHEN i.version IS NULL THEN (
      SELECT forgotten_version FROM sync_usage WHERE user_id = ?1 AND collection = ?2) ELSE 0 END,
    (SELECT change FROM sync_users WHERE user_id = ?1) + p.key + 1, ${CONTENT}, ?4, ?5
  FROM json_each(?3) AS p LEFT JOIN ${ITEM}
  WHERE ${IS_NEXT} AND ${HAS_BYTES}
  ON CONFLICT (user_id, collection, item_id) DO UPDATE SET version = excluded.version, change = excluded.change,
    deleted = excluded.deleted, digest = excluded.digest, size = excluded.size, content = excluded.content,
    object_key = excluded.object_key, content_type = excluded.content_type, device = excluded.device,
    updated_at = excluded.updated_at`;

/** ?4 when their objects are due. */
export const NOTE_RESOLVED = `
  INSERT INTO sync_objects (object_key, user_id, collection, due_at, doomed)
  SELECT DISTINCT c.object_key, ?1, ?2, CAST(?4 AS INTEGER), 0 ${RESOLVED}
  WHERE c.object_key IS NOT NULL`;

export const DROP_RESOLVED = `
  DELETE FROM sync_conflicts WHERE user_id = ?1 AND conflict_id IN (SELECT c.conflict_id ${RESOLVED})`;

/** Forget notes of objects that something refers to now. */
export const DROP_NOTES = `
  DELETE FROM sync_objects WHERE object_key IN (
    SELECT i.object_key FROM json_each(?3) AS p CROSS JOIN ${ITEM} WHERE i.object_key = p.value ->> 'object_key'
    UNION ALL
    SELECT c.object_key FROM json_each(?3) AS p
      CROSS JOIN sync_conflicts AS c ON c.user_id = ?1 AND c.collection = ?2 AND c.conflict_id = p.value ->> 'conflict_id'
    WHERE c.object_key = p.value ->> 'object_key')`;

/** ?2 how many changes there were. */
export const NUMBER = "UPDATE sync_users SET change = change + CAST(?2 AS INTEGER) WHERE user_id = ?1";

/** ?3 to ?5 the most items, bytes and copies. */
export const LIMIT = `
  UPDATE sync_usage SET
    items = CASE WHEN items > CAST(?3 AS INTEGER) THEN -1 ELSE items END,
    bytes = CASE WHEN bytes > CAST(?4 AS INTEGER) THEN -1 ELSE bytes END,
    copies = CASE WHEN copies > CAST(?5 AS INTEGER) THEN -1 ELSE copies END
  WHERE user_id = ?1 AND collection = ?2`;

/** Deletions beyond those that are remembered: ?3 how many are. */
const OLDEST = `
  FROM (SELECT change, version FROM sync_items INDEXED BY sync_items_deleted
    WHERE user_id = ?1 AND collection = ?2 AND deleted = 1 ORDER BY change LIMIT (
      SELECT MIN(${MOST_FORGOTTEN}, MAX(0, deletions - CAST(?3 AS INTEGER))) FROM sync_usage WHERE user_id = ?1 AND collection = ?2))`;

/** Note the deletions that are forgotten next; ?3 how many are remembered. */
export const NOTE_FORGOTTEN = `
  UPDATE sync_usage SET deletions = deletions - (SELECT COUNT(*) ${OLDEST}),
    forgotten_change = (SELECT MAX(change) ${OLDEST}),
    forgotten_version = MAX(forgotten_version, (SELECT MAX(version) ${OLDEST}))
  WHERE user_id = ?1 AND collection = ?2 AND deletions > CAST(?3 AS INTEGER)`;

export const FORGET = `
  DELETE FROM sync_items INDEXED BY sync_items_deleted
  WHERE user_id = ?1 AND collection = ?2 AND deleted = 1 AND change <= (
    SELECT forgotten_change FROM sync_usage WHERE user_id = ?1 AND collection = ?2)`;

export const OUTCOMES = `
  SELECT p.value ->> 'id' AS item_id, i.version, ${STANDS} AS stands, i.deleted, c.conflict_id
  FROM json_each(?3) AS p LEFT JOIN ${ITEM}
    LEFT JOIN sync_conflicts AS c ON c.user_id = ?1 AND c.conflict_id = p.value ->> 'conflict_id'
  ORDER BY p.key`;

export const CURSOR = "SELECT change FROM sync_users WHERE user_id = ?1";
