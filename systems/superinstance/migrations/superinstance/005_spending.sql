-- What providers are paid in a month (UTC), over all accounts: summed with each batch, in its transaction (SI-3).
CREATE TABLE provider_spending (
  month     TEXT NOT NULL,
  provider  TEXT NOT NULL,
  cost_nano INTEGER NOT NULL,
  PRIMARY KEY (month, provider)
) STRICT, WITHOUT ROWID;

-- Months that went beyond the budget. One ledger claims to tell of it; told is told once.
CREATE TABLE spending_notices (
  month      TEXT PRIMARY KEY NOT NULL,
  claimed_at INTEGER NOT NULL,
  is_told    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
