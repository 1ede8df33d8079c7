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
MOST_CONCURRENCY = 250

LONGEST_DELAY_SECONDS = 86_400
"""Seconds that a message is held back at most, sent or retried: a day (12 hours before March 2026,
cloudflare-docs#28335, workers-sdk#12597)."""

MOST_MESSAGES = 100
LARGEST_MESSAGE_BYTES = 128_000
LARGEST_BATCH_BYTES = 256_000
"""What one request sends at most: developers.cloudflare.com/queues/platform/limits."""
