"""Two `up` at once on a fresh clone: the second waits for the first, and all of it works after."""

import httpx
import pytest

from harness.clone import make_clone

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

HOST = "connect-development.chitty.cc"


@pytest.fixture
def clone(tmp_path):
    """Give a clone of its own: nothing has run in it yet but the local Cloudflare."""
    made = make_clone(tmp_path / "clone")
    made.keep("chittyconnect")
    started = made.ops("start")
    assert started.code == 0, started.said
    yield made
    made.end()


def test_the_second_waits_and_the_development_token_works(clone):
    runs = [clone.begin("up", "development") for _ in range(2)]
    said = sorted((run.communicate(timeout=200)[0] for run in runs), key=len, reverse=True)

    assert [run.returncode for run in runs] == [0, 0], said
    assert "another run of ops is under way (process " in said[1]
    assert said[1].splitlines()[-1] == "no changes"
    token = (clone.root / ".local" / "development-token").read_text().strip()
    answer = httpx.post(
        f"http://127.0.0.1:{clone.port + 1}/api/v1/sessions",
        headers={"Host": HOST, "Authorization": f"Bearer {token}"},
        json={},
    )
    assert answer.status_code not in {401, 403, 404}, answer.text
