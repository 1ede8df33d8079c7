-- What users have synced (SI-5). A push is one transaction: it carries the fencing token of its lock, and is refused as
-- a whole when a newer one was seen.

CREATE TABLE sync_users (
  user_id TEXT PRIMARY KEY NOT NULL,
  -- The newest fencing token that was seen. A push that is too late would set it to -1.
  fence   INTEGER NOT NULL CONSTRAINT fence_is_newest CHECK (fence >= 0),
  -- Number of the last change: what a cursor counts.
  change  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What is current. What was deleted stays as a row without content, so that a pull tells of it.
CREATE TABLE sync_items (
  user_id      TEXT NOT NULL,
  collection   TEXT NOT NULL,
  item_id      TEXT NOT NULL,
  version      INTEGER NOT NULL,
  change       INTEGER NOT NULL,
  deleted      INTEGER NOT NULL,
  digest       TEXT NOT NULL,
  size         INTEGER NOT NULL,
  content      TEXT,
  object_key   TEXT,
  content_type TEXT,
  device       TEXT NOT NULL,
  updated_at   TEXT NOT NULL,
  PRIMARY KEY (user_id, collection, item_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX sync_items_by_change ON sync_items (user_id, collection, change);

-- What was pushed by somebody who had not seen what was current.
CREATE TABLE sync_conflicts (
  user_id      TEXT NOT NULL,
  conflict_id  TEXT NOT NULL,
  collection   TEXT NOT NULL,
  item_id      TEXT NOT NULL,
  base_version INTEGER NOT NULL,
  deleted      INTEGER NOT NULL,
  digest       TEXT NOT NULL,
  size         INTEGER NOT NULL,
  content      TEXT,
  object_key   TEXT,
  content_type TEXT,
  device       TEXT NOT NULL,
  created_at   TEXT NOT NULL,
  PRIMARY KEY (user_id, conflict_id)
) STRICT, WITHOUT ROWID;

-- What lies in R2 and nothing above refers to: it is not referred to yet, or no more. From `due_at` on (milliseconds
-- since 1970) it is deleted; once it is doomed, nothing may refer to it again.
CREATE TABLE sync_objects (
  object_key TEXT PRIMARY KEY NOT NULL,
  user_id    TEXT NOT NULL,
  collection TEXT NOT NULL,
  due_at     INTEGER NOT NULL,
  doomed     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sync_objects_by_due ON sync_objects (user_id, due_at);

-- What a user has in a collection, for its limits. A push beyond one would set the number to -1.
CREATE TABLE sync_usage (
  user_id    TEXT NOT NULL,
  collection TEXT NOT NULL,
  items      INTEGER NOT NULL CONSTRAINT items_within_limit CHECK (items >= 0),
  bytes      INTEGER NOT NULL CONSTRAINT bytes_within_limit CHECK (bytes >= 0),
  copies     INTEGER NOT NULL CONSTRAINT copies_within_limit CHECK (copies >= 0),
  PRIMARY KEY (user_id, collection)
) STRICT, WITHOUT ROWID;
