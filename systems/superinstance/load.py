"""The load test of SuperInstance: what one account asks, each call billed once (SI-P5)."""

import secrets

from systems.load import TEST_KEY, Asked, Key, Levels, Load, Message, Tally
from systems.superinstance.settings import SuperInstance

ACCOUNT = "load-test"
RATE = 50
"""Requests a second, as of fifty clients that ask each second: a key makes 10,000 a minute."""

SECONDS = 120


def load(_: SuperInstance) -> Load:
    """Return what is asked of one account: questions, streams, how it stands."""
    run = secrets.token_hex(4)

    def question(number: int) -> Message:
        return {"request_id": f"load-{run}-{number}", "query": "Say hello.", "max_tokens": 50}

    return Load(
        requests=(
            Asked("/v1/escalate", 60, "POST", question, bearer=TEST_KEY, is_tallied=True),
            Asked("/v1/stream", 30, "POST", question, bearer=TEST_KEY, is_tallied=True),
            Asked("/v1/status", 5, bearer=TEST_KEY),
            Asked("/v1/usage", 5, bearer=TEST_KEY),
        ),
        levels=Levels(p95_ms=1_000, errors_percent=0.1, sockets_percent=0),
        key=Key(ACCOUNT, ("ask", "read")),
        tally=Tally(Asked("/v1/usage", bearer=TEST_KEY), billed, "billed"),
        local_only="its providers would be paid for each question of a load test",
        rate=RATE,
        seconds=SECONDS,
    )


def billed(usage: Message) -> int:
    """Return how many requests the ledger says that it has billed."""
    return int(usage["total"]["requests"])
