-- Ids that were minted. AUTOINCREMENT never gives a number twice, not even after its row is gone.

CREATE TABLE ids (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  entity_type     TEXT NOT NULL,
  minted_at       TEXT NOT NULL,
  minted_by       TEXT NOT NULL,
  idempotency_key TEXT,
  UNIQUE (minted_by, idempotency_key)
);
