// Numbers are bound as REAL: columns of whole numbers say INTEGER, which turns them back. Money stays in the text of `record`.
export const TABLES = `
  CREATE TABLE IF NOT EXISTS hits (key TEXT NOT NULL, at INTEGER NOT NULL);
  CREATE INDEX IF NOT EXISTS hits_by_time ON hits (at);
  CREATE TABLE IF NOT EXISTS calls (
    request_id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    forget_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS calls_by_end ON calls (forget_at);
  CREATE TABLE IF NOT EXISTS answers (
    request_id TEXT PRIMARY KEY,
    content_type TEXT NOT NULL,
    body TEXT NOT NULL,
    forget_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS answers_by_end ON answers (forget_at);
  CREATE TABLE IF NOT EXISTS outbox (
    request_id TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    refused INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS outbox_by_time ON outbox (next_at);
`;

/** Statements of the journal: tests ask SQLite how it would run each. */
export const SQL = {
  hitsSince: "SELECT key, at FROM hits WHERE at > ? ORDER BY at",
  addHit: "INSERT INTO hits (key, at) VALUES (?, ?)",
  forgetHits: "DELETE FROM hits WHERE at <= ?",
  call: "SELECT fingerprint FROM calls WHERE request_id = ?",
  addCall: "INSERT OR IGNORE INTO calls (request_id, fingerprint, forget_at) VALUES (?, ?, ?)",
  forgetCalls: "DELETE FROM calls WHERE forget_at <= ?",
  answer: "SELECT content_type, body FROM answers WHERE request_id = ? AND forget_at > ?",
  addAnswer: "INSERT OR IGNORE INTO answers (request_id, content_type, body, forget_at) VALUES (?, ?, ?, ?)",
  forgetAnswers: "DELETE FROM answers WHERE forget_at <= ?",
  addRecord: "INSERT OR IGNORE INTO outbox (request_id, record, tries, next_at, refused) VALUES (?, ?, 0, ?, 0)",
  due: "SELECT request_id, record, tries FROM outbox WHERE next_at <= ? ORDER BY next_at LIMIT ?",
  putOff: "UPDATE outbox SET tries = tries + 1, next_at = ?, refused = ? WHERE request_id = ?",
  delivered: "DELETE FROM outbox WHERE request_id = ?",
  unbilled: "SELECT refused FROM outbox ORDER BY next_at LIMIT ?",
  nextRecord: "SELECT next_at AS at FROM outbox ORDER BY next_at LIMIT 1",
  nextAnswer: "SELECT forget_at AS at FROM answers ORDER BY forget_at LIMIT 1",
  nextCall: "SELECT forget_at AS at FROM calls ORDER BY forget_at LIMIT 1",
} as const;
