-- A ledger that was brought back from a backup asks for the payments of its account.
CREATE INDEX payments_by_account ON payments (account_id);
