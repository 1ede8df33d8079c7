import { WINDOW_SQL, WINDOW_TABLE } from "#lib/request_window";

// Numbers are bound as REAL: columns of whole numbers say INTEGER, which turns them back. Money stays in the text of `record`.
// Every index is another row to write, and each is billed: `requests` are few and found by their time, and what billing
// is to be told goes in any order. Ids are forgotten by nobody, here as in the ledger: one that were free here would be
// answered anew and, being known there, never billed. `forget_at` is for routers from before, which
// forget by it, and may be deployed again: no time comes after that one.
export const TABLES = `${WINDOW_TABLE}
  CREATE TABLE IF NOT EXISTS calls (
    request_id TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    forget_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  DROP INDEX IF EXISTS calls_by_end;
  CREATE TABLE IF NOT EXISTS answers (
    request_id TEXT PRIMARY KEY,
    content_type TEXT NOT NULL,
    body TEXT NOT NULL,
    forget_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS answers_by_end ON answers (forget_at);
  CREATE TABLE IF NOT EXISTS unbilled (
    request_id TEXT PRIMARY KEY,
    record TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS refused (
    request_id TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    next_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS refused_by_time ON refused (next_at);
`;

/** Statements of the journal: tests ask SQLite how it would run each. */
export const SQL = {
  ...WINDOW_SQL,
  call: "SELECT fingerprint FROM calls WHERE request_id = ?",
  addCall: "INSERT OR IGNORE INTO calls (request_id, fingerprint, forget_at) VALUES (?, ?, 8640000000000000)",
  answer: "SELECT content_type, body FROM answers WHERE request_id = ? AND forget_at > ?",
  addAnswer: "INSERT OR IGNORE INTO answers (request_id, content_type, body, forget_at) VALUES (?, ?, ?, ?)",
  forgetAnswers: "DELETE FROM answers WHERE forget_at <= ?",
  addRecord: "INSERT OR IGNORE INTO unbilled (request_id, record) VALUES (?, ?) RETURNING request_id",
  records: "SELECT request_id, record FROM unbilled WHERE request_id > ? ORDER BY request_id LIMIT ?",
  delivered: "DELETE FROM unbilled WHERE request_id = ?",
  refuse: "INSERT INTO refused (request_id, record, next_at) VALUES (?, ?, ?) ON CONFLICT (request_id) DO UPDATE SET next_at = excluded.next_at",
  refused: "SELECT request_id, record FROM refused WHERE next_at <= ? ORDER BY next_at LIMIT ?",
  accepted: "DELETE FROM refused WHERE request_id = ?",
  nextRefused: "SELECT next_at AS at FROM refused ORDER BY next_at LIMIT 1",
  nextAnswer: "SELECT forget_at AS at FROM answers ORDER BY forget_at LIMIT 1",
} as const;
