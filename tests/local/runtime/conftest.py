"""Fixtures for tests that run workers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from local.records.model import Cloud
from tests.support_runtime import RunningRuntime, running

Start = Callable[..., RunningRuntime]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a runtime on a cloud; it is stopped when the test ends."""
    with ExitStack() as stack:

        def begin(cloud: Cloud, **options: Any) -> RunningRuntime:
            return stack.enter_context(running(tmp_path / "runtime", cloud, **options))

        yield begin
