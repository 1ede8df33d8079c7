"""What ChittyConnect reads of 1Password Connect, link by link: which one is broken (OP-3, OP-5)."""

from types import SimpleNamespace
from typing import Any

import pytest

from systems.chains import Asker, Reply
from systems.chittyconnect.credentials import Credentials, Service
from systems.chittyconnect.first_read import links
from systems.registry import SYSTEMS

VAULTS = [{"id": "v1", "name": "services"}, {"id": "v2", "name": "infrastructure"}]
WELL = {
    "/heartbeat": Reply(200, text="."),
    "/v1/vaults": Reply(200, VAULTS),
    "/v1/vaults/v1/items": Reply(200, [{"id": "i1"}]),
    "/v1/vaults/v1/items/i1": Reply(200, {"id": "i1", "fields": [{"value": "cAnArY"}]}),
}


@pytest.fixture(scope="module")
def settings() -> Any:
    services = {"chittyid": Service(vaults=("services",))}
    return SimpleNamespace(credentials=Credentials(services=services))


def read(settings, name="", others=(), **changes):
    """Go through all links; *changes* by the last part of a path."""
    answers = {**WELL, **{f"/{key.replace('__', '/')}": reply for key, reply in changes.items()}}
    return list(links(settings, Asker(answers.__getitem__, name, frozenset(others))))


def test_all_links_are_there_and_nothing_of_the_item_is_told(settings):
    found = read(settings)

    assert [link.name for link in found] == [
        "Access, tunnel, proxy",
        "Connect token",
        "vaults",
        "first read",
    ]
    assert not any(link.fault for link in found)
    assert "cAnArY" not in str(found)


@pytest.mark.parametrize(
    ("status", "link", "said"),
    [
        (0, "address", "nothing answers there"),
        (302, "Access", "does not let the service token in"),
        (403, "Access", "does not let the service token in"),
        (404, "tunnel", "knows no such host"),
        (530, "tunnel", "has no connection"),
        (502, "proxy", "is not reached by cloudflared"),
        (503, "Connect", "does not answer the proxy"),
        (429, "proxy", "more requests came"),
        (418, "address", "is no Connect server"),
    ],
)
def test_what_does_not_answer_is_named_by_the_status_and_ends_it(settings, status, link, said):
    (only,) = read(settings, heartbeat=Reply(status, text="nothing: ConnectError"))

    assert only.name == link
    assert said in only.fault


def test_a_server_that_beats_and_gives_nothing_is_named(settings):
    *_, last = read(settings, v1__vaults=Reply(503))

    assert last.name == "Connect"


@pytest.mark.parametrize("reply", [Reply(401), Reply(403)])
def test_a_token_that_is_not_taken_is_named(settings, reply):
    *_, last = read(settings, v1__vaults=reply)

    assert last.name == "Connect token"
    assert "revoked, or is of another server" in last.fault


@pytest.mark.parametrize("body", [None, {}, [1], [{"id": "x"}], [{"id": 1, "name": "a"}], "text"])
def test_what_is_no_list_of_vaults_comes_from_no_connect(settings, body):
    *_, last = read(settings, v1__vaults=Reply(200, body))

    assert "what answers is no Connect" in last.fault


def test_a_vault_that_the_token_does_not_see_is_named(settings):
    *_, last = read(settings, v1__vaults=Reply(200, VAULTS[1:]))

    assert (last.name, last.came) == ("vaults", "none")
    assert "does not see services" in last.fault


def test_an_item_that_is_listed_and_not_given_is_named(settings):
    *_, last = read(settings, v1__vaults__v1__items__i1=Reply(500))
    *_, none = read(settings, v1__vaults__v1__items=Reply(200, []))

    assert "is listed and not given" in last.fault
    assert (none.came, none.fault) == ("services has no item yet", "")


def test_a_token_of_one_service_is_asked_for_its_vaults_alone(settings):
    own = read(settings, "chittyid")
    shared = read(settings, others=["chittyid"])

    assert [link.name for link in own][-1] == "first read"
    assert [link.name for link in shared] == ["Access, tunnel, proxy", "Connect token"]


def test_it_is_declared():
    assert [each.chain.links for each in SYSTEMS if each.chain] == [links]
