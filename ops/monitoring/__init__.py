"""A stack that runs, looked at every day, week and month: logs, errors, expiry, use, recovery."""
