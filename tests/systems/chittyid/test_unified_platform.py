"""The token of a worker that somebody else deploys: set, kept, taken away (ID-4)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from harness.clone import ACCOUNT, Clone, make_clone

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(600)]

SCRIPT = "their-platform"
THEIRS = 'export default { fetch: (_, env) => new Response(env.CHITTY_ID_TOKEN ?? "none") };'
HOST = "their-platform.chitty.cc"
ID_HOST = "id-development.chitty.cc"
LINE = f"  chittyid:unified_platform: {SCRIPT}\n"


def _api(clone: Clone, method: str, path: str, **sent: Any) -> httpx.Response:
    token = (clone.root / ".local" / "cloudflare" / "token").read_text().strip()
    url = f"http://127.0.0.1:{clone.port}/client/v4/accounts/{ACCOUNT}{path}"
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, url, headers=headers, timeout=30, **sent)


def _edge(clone: Clone, method: str, host: str, path: str, **sent: Any) -> httpx.Response:
    headers = {"Host": host, **sent.pop("headers", {})}
    url = f"http://127.0.0.1:{clone.port + 1}{path}"
    return httpx.request(method, url, headers=headers, timeout=30, **sent)


def _secrets(clone: Clone) -> list[str]:
    found = _api(clone, "GET", f"/workers/scripts/{SCRIPT}/secrets").json()["result"]
    return [each["name"] for each in found]


def _deployed_by_its_owner(clone: Clone) -> None:
    metadata = '{"main_module": "index.mjs", "compatibility_date": "2026-11-01"}'
    files = {
        "metadata": (None, metadata, "application/json"),
        "index.mjs": ("index.mjs", THEIRS, "application/javascript+module"),
    }
    _api(clone, "PUT", f"/workers/scripts/{SCRIPT}", files=files).raise_for_status()
    domain = {"hostname": HOST, "service": SCRIPT, "zone_id": "1" * 32}
    _api(clone, "PUT", "/workers/domains", json=domain).raise_for_status()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """Give a clone with ChittyID alone, which is to hand its token to a worker."""
    made = make_clone(tmp_path_factory.mktemp("clone"))
    made.keep("chittyid")
    made.configuration().write_text(made.configuration().read_text() + LINE)
    assert made.ops("start").code == 0
    yield made
    made.end()


def _state(clone: Clone) -> str:
    stacks: Path = clone.root / ".local" / "stacks"
    return clone.state() + "".join(path.read_text() for path in stacks.glob("*.yaml"))


def test_it_is_set_where_the_worker_is_and_leaves_with_the_stack(clone: Clone) -> None:
    _deployed_by_its_owner(clone)
    done = clone.ops("up", "development")
    assert done.code == 0, done.said
    assert _secrets(clone) == ["CHITTY_ID_TOKEN"]
    token = _edge(clone, "GET", HOST, "/").text
    headers, body = {"Authorization": f"Bearer {token}"}, {"entity_type": "EVNT"}
    minted = _edge(clone, "POST", ID_HOST, "/v1/mint", headers=headers, json=body)
    assert minted.status_code == 201
    assert token not in _state(clone) + done.said
    assert clone.ops("up", "development").out.splitlines()[-1] == "no changes"

    _api(clone, "DELETE", f"/workers/scripts/{SCRIPT}/secrets/CHITTY_ID_TOKEN").raise_for_status()
    assert _secrets(clone) == []
    clone.ops("refresh", "development")
    assert clone.ops("up", "development").code == 0
    assert _edge(clone, "GET", HOST, "/").text == token

    clone.configuration().write_text(clone.configuration().read_text().replace(LINE, ""))
    assert clone.ops("up", "development").code == 0
    assert _secrets(clone) == []
