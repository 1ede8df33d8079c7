-- Documents, what is known of them, and what their owners may store.
-- Times are ISO 8601 text in UTC, which sorts as it counts. Sizes are bytes.

CREATE TABLE documents (
  id            TEXT PRIMARY KEY NOT NULL,
  chitty_id     TEXT NOT NULL,
  type          TEXT NOT NULL,
  name          TEXT NOT NULL,
  content_type  TEXT NOT NULL,
  size          INTEGER NOT NULL CHECK (size >= 0),
  -- Where the object lies in R2, or will lie while the upload is pending.
  key           TEXT NOT NULL UNIQUE,
  status        TEXT NOT NULL CHECK (status IN ('pending', 'stored', 'archived')),
  etag          TEXT,
  sha256        TEXT,
  -- Lower-case name, type and metadata: what a search looks into.
  search_text   TEXT NOT NULL,
  created_at    TEXT NOT NULL,
  updated_at    TEXT NOT NULL,
  -- Of a pending upload only: where it lies meanwhile, R2's id if it comes in parts, when it lapses.
  upload_key    TEXT,
  upload_id     TEXT,
  part_size     INTEGER,
  pending_until TEXT,
  CHECK ((status = 'pending') = (pending_until IS NOT NULL))
);

CREATE INDEX documents_by_owner ON documents (chitty_id, created_at DESC, id DESC);
CREATE INDEX documents_by_type ON documents (type, created_at DESC, id DESC);
CREATE INDEX documents_by_time ON documents (created_at DESC, id DESC);
CREATE INDEX documents_pending ON documents (pending_until) WHERE status = 'pending';

CREATE TABLE document_metadata (
  document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
  name        TEXT NOT NULL,
  value       TEXT NOT NULL,
  PRIMARY KEY (document_id, name)
) WITHOUT ROWID;

CREATE TABLE document_quotas (
  chitty_id       TEXT PRIMARY KEY NOT NULL,
  -- Pending uploads count: what is reserved is used.
  bytes_used      INTEGER NOT NULL DEFAULT 0,
  documents_used  INTEGER NOT NULL DEFAULT 0,
  -- NULL: the limit of the deployment.
  bytes_limit     INTEGER,
  documents_limit INTEGER,
  updated_at      TEXT NOT NULL,
  recounted_at    TEXT
);

-- Objects in R2 that no document refers to any more, until they are deleted.
CREATE TABLE document_garbage (
  key       TEXT PRIMARY KEY NOT NULL,
  queued_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX document_garbage_by_time ON document_garbage (queued_at);
