-- What a session in KV is compared and set by: KV itself cannot. A row is changed before KV is.

-- Revision that KV holds, or is about to. Of an object's session: nothing.
ALTER TABLE session_index ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
-- When that revision was announced. Empty: before there were revisions.
ALTER TABLE session_index ADD COLUMN changed_at TEXT NOT NULL DEFAULT '';
