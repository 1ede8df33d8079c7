"""Project Awareness while one of its objects is down (incident 22): on the real runtime."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.exceptions import InvalidStatus

from harness.local_cloudflare import local_cloudflare
from ops.health import probes, smoke
from systems.project_awareness.component import OBJECTS
from systems.project_awareness.system import SYSTEM
from tests.systems.project_awareness.conftest import HOST, SCRIPT, AwarenessStack, deploy, token

pytestmark = pytest.mark.workerd

PATIENCE = 60.0
BURST = 10
"""WebSockets that an address may open at once."""

ADDRESS = {"system": SYSTEM.name, "url": f"https://{HOST}", "check": "/health"}


@contextmanager
def down(stack: AwarenessStack, binding: str) -> Iterator[None]:
    """Make the class of *binding* unreachable until the block ends."""
    fault = {"worker": SCRIPT, "durable_object": OBJECTS[binding]}
    stack.cloud.result("POST", "/local/faults", json={"faults": [fault]})
    try:
        yield
    finally:
        stack.cloud.result("POST", "/local/faults", json={"faults": []})


def checked(stack: AwarenessStack) -> list[smoke.Result]:
    return smoke.run(
        [SYSTEM], [ADDRESS], edge_port=stack.cloud.edge_port, secret=lambda _: token("service")
    )


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.5)


@pytest.fixture(scope="module")
def awareness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwarenessStack]:
    """Deploy one for this file, for it is broken here."""
    with local_cloudflare(tmp_path_factory.mktemp("degraded") / "cloudflare") as cloud:
        yield deploy(cloud)


@pytest.mark.parametrize(
    ("binding", "name"), [("SESSION_SYNC_DO", "sessions"), ("PROJECT_AWARENESS_DO", "projects")]
)
def test_what_was_deployed_is_well_while_an_object_is_not(
    awareness: AwarenessStack, binding: str, name: str
) -> None:
    """Health answers 200 and names what is down; what needs it is excused, and nothing else."""
    edge = awareness.cloud.edge_port
    with down(awareness, binding):
        eventually(lambda: name in probes.await_word(ADDRESS, [name], edge_port=edge))
        (answer,) = probes.ask_all([ADDRESS], edge_port=edge)
        results = checked(awareness)

    assert answer.ok
    assert "degraded" in answer.said
    assert answer.without == {name}
    assert [each for each in results if each.fault]
    assert smoke.wrong(results, probes.without([answer])) == []


def test_it_is_whole_again_afterwards(awareness: AwarenessStack) -> None:
    with down(awareness, "SESSION_SYNC_DO"):
        eventually(lambda: awareness.ask("GET", "/health", None).json()["status"] == "degraded")
    eventually(lambda: awareness.ask("GET", "/health", None).json()["status"] == "healthy")

    assert [each for each in checked(awareness) if each.fault] == []


def test_whoever_verifies_may_have_opened_all_that_its_address_may(
    awareness: AwarenessStack,
) -> None:
    """PA-9: the limit is waited for, and what is no WebSocket takes none of it."""

    def open_all(stack: ExitStack) -> None:
        for _ in range(BURST + 1):
            stack.enter_context(awareness.websocket("service"))

    with ExitStack() as stack, pytest.raises(InvalidStatus, match="429"):
        open_all(stack)

    assert [each for each in checked(awareness) if each.fault] == []
