"""Every test of the pack runs on the same day."""

import datetime as dt

import pytest
from pack import clock

TODAY = dt.date(2026, 11, 21)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(clock, "today", lambda: TODAY)
