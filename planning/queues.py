"""How a queue is emptied when nothing else is said, and the most that Cloudflare takes."""

RETENTION_SECONDS = 345_600
"""How long a message is kept: 4 days."""

BATCH_SIZE = 10
"""Messages handed over at once."""

MAX_WAIT_MS = 5_000
"""Milliseconds to wait for a full batch."""

MAX_RETRIES = 3
"""Tries after the first before a message is a dead letter."""

RETRY_DELAY_SECONDS = 30
"""Seconds between tries."""

MAX_CONCURRENCY = 5
"""Batches worked on at the same time."""

MOST_BATCH_SIZE = 100
MOST_WAIT_MS = 60_000
MOST_RETRIES = 100
LONGEST_DELAY_SECONDS = 43_200
MOST_CONCURRENCY = 250
