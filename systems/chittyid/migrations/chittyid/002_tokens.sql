-- Tokens that the administrator issued: their hashes, never their values.

CREATE TABLE tokens (
  token_id    TEXT PRIMARY KEY NOT NULL,
  sha256      TEXT NOT NULL UNIQUE CHECK (length(sha256) = 64),
  description TEXT NOT NULL,
  scopes      TEXT NOT NULL,
  issued_at   TEXT NOT NULL,
  issued_by   TEXT NOT NULL,
  expires_at  TEXT NOT NULL,
  revoked_at  TEXT,
  replaces    TEXT
) WITHOUT ROWID;
