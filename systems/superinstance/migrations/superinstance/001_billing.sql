-- What the ledgers of accounts have handed over (SI-3, SI-6). A ledger numbers its records; `flushed` is how far its
-- records are here. The rows of a batch, the batch and the mark are written in one transaction.

CREATE TABLE ledgers (
  account_id TEXT NOT NULL,
  ledger_id  TEXT NOT NULL,
  flushed    INTEGER NOT NULL,
  flushed_at TEXT NOT NULL,
  PRIMARY KEY (account_id, ledger_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
  batch_id      TEXT PRIMARY KEY NOT NULL,
  account_id    TEXT NOT NULL,
  ledger_id     TEXT NOT NULL,
  last_sequence INTEGER NOT NULL,
  records       INTEGER NOT NULL,
  charged_nano  INTEGER NOT NULL,
  flushed_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Money in 10^-9 dollars.
CREATE TABLE usage (
  account_id      TEXT NOT NULL,
  ledger_id       TEXT NOT NULL,
  sequence        INTEGER NOT NULL,
  batch_id        TEXT NOT NULL,
  request_id      TEXT NOT NULL,
  answered_at     TEXT NOT NULL,
  provider        TEXT NOT NULL,
  model           TEXT NOT NULL,
  multiplier_tier TEXT NOT NULL,
  input_tokens    INTEGER NOT NULL,
  output_tokens   INTEGER NOT NULL,
  cost_nano       INTEGER NOT NULL,
  charged_nano    INTEGER NOT NULL,
  PRIMARY KEY (account_id, ledger_id, sequence)
) STRICT, WITHOUT ROWID;

-- What Stripe says was paid and given back, as far as it is known.
CREATE TABLE payments (
  payment_id    TEXT PRIMARY KEY NOT NULL,
  account_id    TEXT NOT NULL,
  received_nano INTEGER NOT NULL,
  refunded_nano INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
