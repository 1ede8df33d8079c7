"""The very proxy that is deployed: its file, its limit, what it keeps, what it can hold (OP-7)."""

import json
import time

import pytest

from systems.onepassword_connect.proxy import nginx_configuration
from systems.onepassword_connect.settings import Proxy
from tests.engine.connect_host.hosts import EDGE, PROXY, SYNC, TUNNEL, Program

pytestmark = [pytest.mark.engine, pytest.mark.docker]

CONFIGURATION = "/etc/proxy/nginx.conf"
ITEM = f"/v1/vaults/{'v' * 26}/items/{'i' * 26}"
REVOKED = "/home/opuser/.op/data/revoked"
KEPT_SECONDS = Proxy().lists_kept_seconds
MOST_BODIES = 8


def test_nginx_takes_the_file_that_it_runs_with(hands, docker_engine):
    """`nginx -t` within the container, of what the system has written for it."""
    tested = hands.run(PROXY, "nginx", "-e", "stderr", "-t", "-c", CONFIGURATION)
    (content,) = hands.container(PROXY).get_archive(CONFIGURATION)[0]

    assert "test is successful" in tested
    assert nginx_configuration(Program(docker_engine.host).layout.proxy).encode() in content


def test_a_client_makes_a_hundred_requests_a_minute_and_twenty_at_once(hands):
    """OP-C8."""
    came = json.loads(hands.run(TUNNEL, "burst", f"{EDGE}{ITEM}", "200"))
    passed = came["statuses"]["200"]

    assert came["errors"] == {}
    assert came["statuses"] == {"200": passed, "429": 200 - passed}
    assert 21 <= passed <= 22 + came["seconds"] * 100 / 60


def test_no_answer_crosses_tokens_in_ten_thousand_mixed_requests(hands):
    """OP-C9: lists are kept, each for its token; items never are."""
    came = hands.load(10_000, 0)

    assert came["errors"] == {}
    assert (came["crossed"], came["strange"]) == (0, 0)
    assert sum(came["statuses"].values()) == 10_000
    assert set(came["statuses"]) == {"200", "401"}
    assert came["kept"] > 5_000


def test_a_revoked_token_reads_nothing_after_the_stated_time(hands):
    """OP-C5: items at once, lists when they are no longer kept."""
    kept = hands.get("/v1/vaults", "revoked")[0]
    hands.run(SYNC, "write", REVOKED, "revoked")
    item, again = hands.get(ITEM, "revoked")[0], hands.get("/v1/vaults", "revoked")[0]
    time.sleep(KEPT_SECONDS + 1.1)
    later = hands.get("/v1/vaults", "revoked")[0]
    hands.run(SYNC, "write", REVOKED, "")

    assert (kept, again, item) == (200, 200, 401)
    assert later == 401


def test_many_large_bodies_leave_the_proxy_standing(hands):
    """OP-6: 100 MB would come at once, and the container has 64."""
    before = hands.container(PROXY).attrs["State"]
    came = json.loads(hands.run(TUNNEL, "flood", EDGE, "100"))
    after = hands.container(PROXY).attrs

    assert came["errors"] == {}
    assert came["statuses"] == {"200": MOST_BODIES, "503": 100 - MOST_BODIES}
    assert (after["State"]["Pid"], after["State"]["OOMKilled"]) == (before["Pid"], False)
    assert after["RestartCount"] == 0 or after["State"]["StartedAt"] == before["StartedAt"]
