-- Which sessions there are and who holds them. The stores are the truth, this is for listing.

CREATE TABLE session_index (
  session_id TEXT PRIMARY KEY NOT NULL,
  chitty_id  TEXT NOT NULL,
  store      TEXT NOT NULL CHECK (store IN ('durable_object', 'kv')),
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX session_index_by_owner ON session_index (chitty_id, session_id);
CREATE INDEX session_index_by_end ON session_index (expires_at);
