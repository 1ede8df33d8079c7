"""The credential of a load test: signed, for an hour at most, and refused in production (PA-15)."""

import hashlib
import hmac
import secrets
import sys
import time

HEADER = "X-Load-Test"
LONGEST_SECONDS = 3600
"""The worker takes none that lasts longer."""


def load_test_credential(key: str, seconds: int = 900, now: float | None = None) -> str:
    """Return what lifts the limits of the worker for *seconds* when it is sent as `HEADER`.

    *key* is the secret LOAD_TEST_KEY of the stack. *now*: in seconds since 1970; default: the time
    of the machine.
    """
    if not 0 < seconds <= LONGEST_SECONDS:
        raise ValueError(f"{seconds} s is refused: a credential lasts 1 to {LONGEST_SECONDS} s")
    whole = f"{int((time.time() if now is None else now) + seconds)}.{secrets.token_hex(8)}"
    signature = hmac.new(key.encode(), f"load-test:{whole}".encode(), hashlib.sha256)
    return f"{whole}.{signature.hexdigest()}"


if __name__ == "__main__":
    # The key on standard input, so that it stands in no list of processes.
    sys.stdout.write(f"{HEADER}: {load_test_credential(sys.stdin.read().strip())}\n")
