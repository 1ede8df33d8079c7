-- What Stripe says was taken back of payments: refunds and disputes, each by its own id, and whether it was undone. An
-- event of one names no account, and may come before its payment is known: it waits here until the ledger asks.
CREATE TABLE reversals (
  payment_id  TEXT NOT NULL,
  reversal_id TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('refund', 'dispute')),
  amount_nano INTEGER NOT NULL,
  is_undone   INTEGER NOT NULL,
  PRIMARY KEY (payment_id, reversal_id)
) STRICT, WITHOUT ROWID;
