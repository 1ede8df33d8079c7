"""What SuperInstance is expected to do: the part `expected` of its block."""

from typing import Annotated

from pydantic import Field

from config.fields import Settings, Whole

Amount = Annotated[Whole, Field(ge=0, le=9_007_199_254_740_991)]


class Expected(Settings):
    """What it is expected to do, for limits and cost."""

    requests_month: Amount = 1_000_000
    """Requests that are answered and billed. Default: a million."""

    input_tokens_request: Amount = 1_000
    """Tokens that each sends, priced as those of the first model. Default: 1,000."""

    output_tokens_request: Amount = 500
    """Tokens that each is answered with, priced as the same. Default: 500."""

    balance_reads_month: Amount = 1_000_000
    """Balances that are read, one before each request. Default: a million."""

    flushes_month: Amount = 50_000
    """Batches that ledgers hand over to D1. Default: 50,000."""

    session_requests_month: Amount = 50_000
    """Requests for sessions: by their addresses, and two for each question in one. Default:
    50,000."""

    account_requests_month: Amount = 100_000
    """Requests for the status of keys, for usage, for top-ups, and pages of imports. Default:
    100,000."""

    session_stored_bytes: Amount = 1_000_000_000
    """What all sessions take. Default: 1 GB."""

    pulls_month: Amount = 60_000
    """Requests that ask sync what has changed. Default: 60,000."""

    pushes_month: Amount = 20_000
    """Requests that tell it what has. Default: 20,000."""

    synced_files_month: Amount = 5_000
    """Files among each of them: knowledge and adapters that are read, and that are pushed.
    Default: 5,000."""

    synced_bytes: Amount = 10_000_000_000
    """What all files take. Default: 10 GB."""

    synced_entry_bytes: Amount = 500_000_000
    """What settings, history, the index of files and remembered deletions take in D1, of which
    each has some 300 bytes beside its content. Default: 500 MB."""
