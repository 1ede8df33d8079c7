"""How the tests are spread over processes. What files share stands in the files beside them."""

import gc
import os
import signal
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from harness import docker_engine as docker_engines
from harness import nginx, suite
from harness.docker_engine import DockerEngine
from toolchain.engine import Places

os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"  # read when gRPC is first used
"""Keeps gRPC, which the engine's tests bring into this process, out of what is forked from it.

Its handlers start threads in a child that only wants to become the Workers runtime; now and then
that one never did. No child here uses gRPC before it is a program of its own.
"""

os.environ.setdefault("CHITTYOS_CONNECT_HOST", "processes")
"""Keeps containers off the Docker Engine of whoever runs the tests: those that want some say so."""

settings.register_profile("untimed", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("untimed")
"""A test says what is so, never how quickly: a busy machine is no failure.

A gate asks the same examples of every change, so that it fails by what the change did. Whoever runs
the tests by hand asks new ones each time.
"""


def pytest_configure() -> None:
    """Hear Ctrl-C, and so do the commands under test: a shell has it ignored in the background."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest files, so that none is left over for one process at the end.

    Those that run the engine come second: where it has to be built, that goes on beside the first.
    """
    marks: defaultdict[Path, set[str]] = defaultdict(set)
    for item in items:
        marks[item.path].update(mark.name for mark in item.iter_markers())
    items.sort(key=lambda item: suite.place(marks[item.path]))


def pytest_collection_finish() -> None:
    """Spare the garbage collector what was collected: 760,000 objects, which all stay to the end.

    Else it goes through them at each full collection, and each test of the engine asks for one.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # before the clock of the test begins to run
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test that runs the engine wait while `make test` makes one beside the others."""
    if item.get_closest_marker(suite.ENGINE):
        suite.await_engine(Places())
    return (yield)


def pytest_xdist_auto_num_workers() -> int:
    """Run one process more than there are cores: the long tests mostly wait for other processes."""
    return (os.cpu_count() or 1) + 1


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have one process run all files of a folder that share something large."""
    if config.getoption("dist") != "loadfile":
        return None
    scheduler = LoadFileScheduling(config, log)
    by_file = scheduler._split_scope
    scheduler._split_scope = lambda test: suite.shared(test) or by_file(test)
    return scheduler


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    """Take back what a command set in the environment of this process, for the tests after it."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def docker_engine() -> Iterator[DockerEngine]:
    """Give a real Docker Engine, empty at first.

    Where none can be had the tests are reported as skipped; on a build machine they fail.
    """
    with ExitStack() as stack:
        try:
            running = stack.enter_context(docker_engines.docker_engine())
        except docker_engines.NoDockerError as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(str(error))
        yield running


@pytest.fixture(scope="session")
def real_nginx() -> Path:
    """Give the executable of nginx, skipped or failed as by `docker_engine`."""
    try:
        return nginx.ensure()
    except nginx.NoNginxError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
