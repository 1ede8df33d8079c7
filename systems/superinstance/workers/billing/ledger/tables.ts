/** Tables of one ledger: a Durable Object's own database. Money in 10^-9 dollars; the tables are made with its first entry. */
export const TABLES = `
  CREATE TABLE account (
    only_row         INTEGER PRIMARY KEY CHECK (only_row = 1),
    account_id       TEXT NOT NULL,
    ledger_id        TEXT NOT NULL,
    balance_nano     INTEGER NOT NULL DEFAULT 0,
    pending_nano     INTEGER NOT NULL DEFAULT 0,
    pending_records  INTEGER NOT NULL DEFAULT 0,
    last_sequence    INTEGER NOT NULL DEFAULT 0,
    batch_id         TEXT,
    batch_last       INTEGER,
    alarm_at         INTEGER
  ) STRICT;
  CREATE TABLE requests (
    request_id   TEXT PRIMARY KEY NOT NULL,
    charged_nano INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE pending (
    sequence        INTEGER PRIMARY KEY,
    request_id      TEXT NOT NULL,
    answered_at     TEXT NOT NULL,
    provider        TEXT NOT NULL,
    model           TEXT NOT NULL,
    multiplier_tier TEXT NOT NULL,
    input_tokens    INTEGER NOT NULL,
    output_tokens   INTEGER NOT NULL,
    cost_nano       INTEGER NOT NULL,
    charged_nano    INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE usage_days (
    day             TEXT NOT NULL,
    provider        TEXT NOT NULL,
    model           TEXT NOT NULL,
    multiplier_tier TEXT NOT NULL,
    requests        INTEGER NOT NULL,
    input_tokens    INTEGER NOT NULL,
    output_tokens   INTEGER NOT NULL,
    cost_nano       INTEGER NOT NULL,
    charged_nano    INTEGER NOT NULL,
    PRIMARY KEY (day, provider, model, multiplier_tier)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE payments (
    payment_id    TEXT PRIMARY KEY NOT NULL,
    received_nano INTEGER NOT NULL,
    refunded_nano INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE unflushed_payments (
    payment_id TEXT PRIMARY KEY NOT NULL
  ) STRICT, WITHOUT ROWID`;

/** The one that grows without end: the others are copied at one moment, and this one after them. */
export const GROWING_TABLE = "requests";

/** What came to them later: made before anything is written, where a ledger of before lacks it. */
export const LATER_TABLES = `
  CREATE TABLE IF NOT EXISTS reversals (
    payment_id  TEXT NOT NULL,
    reversal_id TEXT NOT NULL,
    kind        TEXT NOT NULL,
    amount_nano INTEGER NOT NULL,
    is_undone   INTEGER NOT NULL,
    PRIMARY KEY (payment_id, reversal_id)
  ) STRICT, WITHOUT ROWID`;
