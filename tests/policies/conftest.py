"""Every test of the pack runs on one day, also when midnight comes meanwhile."""

import pytest

from policies.pack import clock
from tests.policies.day import TODAY


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: TODAY)
