"""What `ops verify` asks of Project Awareness, on the runtime (PA-15)."""

from collections.abc import Iterator

import httpx
import pytest

from harness.local_cloudflare import local_cloudflare
from ops.health import smoke
from systems.project_awareness.system import SYSTEM
from tests.systems.project_awareness.conftest import ORIGIN, AwarenessStack, deploy, token

pytestmark = pytest.mark.workerd

ADDRESSES = [{"system": "project_awareness", "url": ORIGIN}]
TOKENS = {"project_awareness:SERVICE_TOKEN": token("service")}


@pytest.fixture(scope="module")
def unasked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwarenessStack]:
    """Give one of its own: what is asked here counts for the limits of the address."""
    with local_cloudflare(tmp_path_factory.mktemp("verified") / "cloudflare") as cloud:
        yield deploy(cloud)


def test_what_is_asked_holds_however_often_and_leaves_nothing(unasked: AwarenessStack) -> None:
    """PA-15: the WebSocket opens as well."""
    edge = unasked.cloud.edge_port
    for _ in range(2):
        results = smoke.run([SYSTEM], ADDRESSES, edge_port=edge, secret=TOKENS.get)
        assert [(each.request.path, each.fault) for each in results if each.fault] == []

    left = unasked.ask("GET", "/api/sessions/ops-verify", "service")
    assert left.status_code == httpx.codes.NOT_FOUND
    assert "open" in [each.came for each in results]


def test_what_has_a_level_says_how_long_it_took(unasked: AwarenessStack) -> None:
    """PA-11, PA-15: suggestions 200 ms, statistics 500."""
    edge = unasked.cloud.edge_port
    results = smoke.run([SYSTEM], ADDRESSES, edge_port=edge, secret=TOKENS.get)
    levels = {each.request.path: each.request.within_ms for each in results if each.took}

    assert levels == {
        "/api/projects/suggestions?platform=claude-code&working_directory=/test": 200,
        "/api/sessions/statistics": 500,
    }


def test_a_token_that_is_not_known_is_said_for_each_that_wants_one(
    unasked: AwarenessStack,
) -> None:
    wrong = {"project_awareness:SERVICE_TOKEN": "no-token-of-this-stack-0123456789"}
    edge = unasked.cloud.edge_port
    results = smoke.run([SYSTEM], ADDRESSES, edge_port=edge, secret=wrong.get)

    assert all(each.fault for each in results if each.request.bearer)
    assert not any(each.fault for each in results if not each.request.bearer)
