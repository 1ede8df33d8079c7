"""The credential that lifts limits in a load test."""

import hashlib
import hmac
import subprocess
import sys

import pytest

from systems.project_awareness.credential import load_test_credential
from tests.config.examples import ROOT

KEY = "canary-load-test-key"


def test_it_is_signed_for_its_purpose_and_ends():
    until, nonce, signature = load_test_credential(KEY, 60, now=1_000_000_000).split(".")
    signed = f"load-test:{until}.{nonce}".encode()

    assert until == "1000000060"
    assert signature == hmac.new(KEY.encode(), signed, hashlib.sha256).hexdigest()
    assert load_test_credential(KEY, 60, now=0) != load_test_credential(KEY, 60, now=0)


@pytest.mark.parametrize("seconds", [0, -1, 3601])
def test_it_lasts_no_longer_than_the_worker_takes(seconds):
    with pytest.raises(ValueError, match="a credential lasts 1 to 3600 s"):
        load_test_credential(KEY, seconds)


def test_the_command_reads_the_key_from_standard_input():
    command = [sys.executable, "-m", "systems.project_awareness.credential"]
    done = subprocess.run(command, cwd=ROOT, input=KEY, capture_output=True, text=True, check=True)

    assert done.stdout.startswith("X-Load-Test: ")
    assert KEY not in done.stdout
