// `content` comes last: whoever reads sizes does not read through it.
// Numbers are bound as REAL: columns of whole numbers say INTEGER, which turns them back. Booleans are 0 and 1.
export const TABLES = `
  CREATE TABLE owner (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    user_id  TEXT NOT NULL,
    sessions INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE sessions (
    session_id       TEXT PRIMARY KEY NOT NULL,
    incarnation      TEXT NOT NULL,
    title            TEXT,
    is_title_given   INTEGER NOT NULL,
    context          TEXT NOT NULL,
    model_preference TEXT,
    last_number      INTEGER NOT NULL,
    message_count    INTEGER NOT NULL,
    message_bytes    INTEGER NOT NULL,
    dropped_messages INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_change ON sessions (updated_at, session_id);
  CREATE TABLE messages (
    session_id TEXT NOT NULL,
    number     INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    role       TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    content    TEXT NOT NULL,
    PRIMARY KEY (session_id, number)
  ) STRICT;
  CREATE UNIQUE INDEX messages_by_id ON messages (session_id, message_id);
`;

/** What came to them later: which sessions were deleted or cleared last, by a number that grows. */
export const LATER_TABLES = `
  CREATE TABLE IF NOT EXISTS endings (
    number     INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS endings_by_session ON endings (session_id, number);
`;

/** Has sessions and messages fit together that were read at different moments. */
export const MEND = `
  DELETE FROM messages WHERE NOT EXISTS (
    SELECT 1 FROM sessions WHERE sessions.session_id = messages.session_id AND messages.number <= sessions.last_number);
  UPDATE sessions SET (message_count, message_bytes) = (
    SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM messages WHERE messages.session_id = sessions.session_id);
`;

/** Statements of the store: tests ask SQLite how it would run each. */
export const SQL = {
  open: "INSERT INTO owner (only_row, user_id, sessions) VALUES (1, ?1, 0)",
  owner: "SELECT user_id, sessions FROM owner WHERE only_row = 1",
  countSession: "UPDATE owner SET sessions = sessions + ?1 WHERE only_row = 1",
  session: "SELECT * FROM sessions WHERE session_id = ?1",
  listed: `
    SELECT * FROM sessions WHERE (updated_at, session_id) < (?1, ?2)
    ORDER BY updated_at DESC, session_id DESC LIMIT ?3`,
  keepSession: `
    INSERT INTO sessions (session_id, incarnation, title, is_title_given, context, model_preference, last_number,
      message_count, message_bytes, dropped_messages, created_at, updated_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
    ON CONFLICT (session_id) DO UPDATE SET incarnation = excluded.incarnation, title = excluded.title,
      is_title_given = excluded.is_title_given, context = excluded.context,
      model_preference = excluded.model_preference, last_number = excluded.last_number,
      message_count = excluded.message_count, message_bytes = excluded.message_bytes,
      dropped_messages = excluded.dropped_messages, updated_at = excluded.updated_at`,
  deleteSession: "DELETE FROM sessions WHERE session_id = ?1",
  lastEnding: "SELECT number FROM endings WHERE number > 0 ORDER BY number DESC LIMIT 1",
  endingAfter: "SELECT 1 AS found FROM endings WHERE session_id = ?1 AND number > ?2 LIMIT 1",
  addEnding: "INSERT INTO endings (number, session_id) VALUES (?1, ?2)",
  forgetEndings: "DELETE FROM endings WHERE number <= ?1",
  addMessage: `
    INSERT INTO messages (session_id, number, message_id, role, bytes, created_at, content)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
  message: "SELECT * FROM messages WHERE session_id = ?1 AND message_id = ?2",
  rewriteMessage: "UPDATE messages SET content = ?1, bytes = ?2, created_at = ?3 WHERE session_id = ?4 AND message_id = ?5",
  sizesBefore: `
    SELECT number, bytes, message_id FROM messages WHERE session_id = ?1 AND number < ?2
    ORDER BY number DESC LIMIT ?3`,
  oldest: "SELECT number, bytes FROM messages WHERE session_id = ?1 ORDER BY number LIMIT ?2",
  between: "SELECT * FROM messages WHERE session_id = ?1 AND number >= ?2 AND number < ?3 ORDER BY number",
  deleteUpTo: "DELETE FROM messages WHERE session_id = ?1 AND number <= ?2",
} as const;
