"""Whatever is wrong is answered as JSON, and faults come as they were asked for (CC-11, OP-7)."""

import httpx
import pytest
from onepasswordconnectsdk.errors import FailedToRetrieveVaultException

from tests.lookalikes.onepassword_connect.clients import ask, vault_of

UNKNOWN = "z" * 26
ITEMS = "/v1/vaults/{vault}/items"
REFUSED = {
    "an unknown route": ("GET", "/v1/nothing", None, 404),
    "a method that is none": ("PATCH", "/v1/vaults", None, 405),
    "an unknown vault": ("GET", f"/v1/vaults/{UNKNOWN}", None, 404),
    "no id of a vault": ("GET", "/v1/vaults/Services", None, 400),
    "an unknown item": ("GET", f"{ITEMS}/{UNKNOWN}", None, 404),
    "no quote at the end": ("GET", ITEMS + '?filter=title eq "a', None, 400),
    "an unknown field": ("GET", ITEMS + '?filter=size eq "a"', None, 400),
    "no JSON": ("POST", ITEMS, "{", 400),
    "no category": ("POST", ITEMS, '{"vault": {"id": "{vault}"}}', 400),
    "an unknown category": ("POST", ITEMS, '{"vault": {"id": "{vault}"}, "category": "X"}', 400),
    "another vault": (
        "POST",
        ITEMS,
        f'{{"vault": {{"id": "{UNKNOWN}"}}, "category": "LOGIN"}}',
        400,
    ),
    "a patch of an id": ("PATCH", "item", '[{"op": "replace", "path": "/id", "value": "a"}]', 400),
    "a patch of nothing": ("PATCH", "item", '[{"op": "remove", "path": "/fields/none"}]', 400),
    "no number": ("GET", "/v1/activity?limit=many", None, 400),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_every_refusal_is_json(connect, client, refused):
    """O4, O9, O10: a client fails on anything else."""
    method, path, body, status = refused
    vault = vault_of(client)
    mailer = client.get_item("mailer", "services").id
    where = f"{ITEMS}/{mailer}" if path == "item" else path
    content = None if body is None else body.replace("{vault}", vault)
    answer = ask(connect, where.replace("{vault}", vault), method=method, content=content)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json().keys() == {"status", "message"}
    assert answer.json()["status"] == status


def test_a_slash_at_the_end_changes_nothing(connect, client):
    """O4, O6, O17: nor is there a redirect, which one of the clients does not follow."""
    vault = vault_of(client)
    plain = ask(connect, f"/v1/vaults/{vault}/items")
    slash = ask(connect, f'/v1/vaults/{vault}/items/?filter=title eq "mailer"')

    assert [each["title"] for each in slash.json()] == ["mailer"]
    assert slash.status_code == plain.status_code == 200


@pytest.mark.parametrize(
    ("wants", "status", "after"), [("status=503+after=7", 503, "7"), ("status=429", 429, None)]
)
def test_it_fails_as_it_is_told_to(connect, client, wants, status, after):
    """O2: neither client tries again."""
    connect.control("PUT", "/behaviour", wants=wants)
    try:
        with pytest.raises(FailedToRetrieveVaultException, match=str(status)):
            client.get_vaults()
        answer = ask(connect, "/v1/vaults")
    finally:
        connect.control("PUT", "/behaviour", wants="")

    assert (answer.status_code, answer.headers.get("retry-after")) == (status, after)
    slow = ask(connect, "/v1/vaults", headers={"x-look-alike": "dance"})
    assert (slow.status_code, "known are slow" in slow.json()["message"]) == (400, True)


def test_it_says_nothing_when_it_is_told_to(connect):
    with pytest.raises(httpx.ReadTimeout):
        ask(connect, "/v1/vaults", headers={"x-look-alike": "hang"}, timeout=0.2)


def test_metrics_count_without_a_token(connect):
    told = httpx.get(f"{connect.url}/metrics")

    assert told.headers["content-type"].startswith("text/plain")
    assert 'http_requests_total{code="200",method="get"}' in told.text
