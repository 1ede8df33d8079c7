"""A half-made resource is found again by its name, and only by its own."""

import httpx
import pytest

from ops.errors import OpsError
from ops.stack.resource_lookup import LISTED, Found, finder
from provider.cloudflare.resources import of_token

pytestmark = pytest.mark.usefixtures("waited")

API = "http://127.0.0.1:1/client/v4"
ACCOUNT = "a" * 32
INPUTS = {"accountId": ACCOUNT, "zoneId": "z", "queueId": "q", "type": "CNAME", "kind": "zone"}


def find(resource, answer, seen=None):
    def handle(request):
        if seen is not None:
            seen.append(request)
        return answer(request)

    return finder(API, "token", httpx.MockTransport(handle))(resource)


def asked(kind, /, **inputs):
    return {"urn": f"urn:pulumi:s::p::{kind}::x", "type": kind, "inputs": {**INPUTS, **inputs}}


def page(records, total_pages=1):
    return httpx.Response(
        200,
        json={
            "success": True,
            "result": records,
            "result_info": {"total_pages": total_pages},
        },
    )


@pytest.mark.parametrize("kind", LISTED)
def test_each_kind_is_found_by_its_name_in_its_own_list(kind):
    listed = LISTED[kind]
    seen: list[httpx.Request] = []
    records = [
        {listed.field: "another", listed.id: "another-id"},
        {
            "type": "CNAME",
            "kind": "zone",
            listed.field: "mine",
            listed.id: "mine" if listed.id == listed.field else "my-id",
        },
    ]

    found = find(asked(kind, **{listed.value: "mine"}), lambda _: page(records), seen)

    expected = "mine" if listed.id == listed.field else "my-id"
    outputs = {listed.output: expected} if listed.output else {}
    assert found == Found(ACCOUNT if listed.owner else expected, outputs)
    assert seen[0].url.path == "/client/v4" + listed.path.format(**INPUTS)
    assert seen[0].headers["Authorization"] == "Bearer token"


@pytest.mark.parametrize("kind", LISTED)
def test_what_is_found_is_enough_to_be_read_and_is_called_what_a_create_calls_it(kind):
    listed = LISTED[kind]
    resource = of_token(kind)
    name = "mine" if listed.id == listed.field else "my-id"
    record = {"type": "CNAME", "kind": "zone", listed.field: "mine", listed.id: name}
    inputs = {**INPUTS, listed.value: "mine"}

    found = find(asked(kind, **inputs), lambda _: page([record]))

    assert found
    url = resource.read.url({**inputs, "id": found.id, **found.outputs})
    assert record[listed.id] in url


def test_a_record_of_another_type_is_another():
    kind = "cloudflare:index/dnsRecord:DnsRecord"
    records = [{"id": "1", "name": "mine", "type": "A"}, {"id": "2", "name": "mine", "type": "TXT"}]

    assert find(asked(kind, name="mine", type="TXT"), lambda _: page(records)) == Found("2")
    assert find(asked(kind, name="mine", type="MX"), lambda _: page(records)) is None


def test_a_ruleset_of_cloudflares_own_is_no_entry_point_of_the_zone():
    kind = "cloudflare:index/ruleset:Ruleset"
    managed = {"id": "1", "phase": "ddos_l7", "kind": "managed"}
    entry = {"id": "2", "phase": "ddos_l7", "kind": "zone"}

    assert find(asked(kind, phase="ddos_l7"), lambda _: page([managed])) is None
    assert find(asked(kind, phase="ddos_l7"), lambda _: page([managed, entry])) == Found("2")


def test_a_tunnel_that_was_deleted_is_gone():
    kind = "cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared"
    deleted = {"id": "1", "name": "mine", "deleted_at": "2026-11-01T00:00:00Z"}
    again = {"id": "2", "name": "mine", "deleted_at": None}

    assert find(asked(kind, name="mine"), lambda _: page([deleted])) is None
    assert find(asked(kind, name="mine"), lambda _: page([deleted, again])) == Found("2")


def test_a_name_that_is_not_there_is_not_found():
    kind = "cloudflare:index/queue:Queue"

    assert find(asked(kind, queueName="mine"), lambda _: page([{"queue_name": "other"}])) is None


def test_every_page_is_read():
    kind = "cloudflare:index/queue:Queue"

    def answer(request):
        last = request.url.params.get("page") == "3"
        name = "mine" if last else "other"
        return page([{"queue_name": name, "queue_id": "3"}], total_pages=3)

    assert find(asked(kind, queueName="mine"), answer) == Found("3")


def test_a_list_that_goes_on_by_cursor_is_read_to_its_end():
    kind = "cloudflare:index/r2Bucket:R2Bucket"

    def answer(request):
        if "cursor" not in request.url.params:
            return httpx.Response(
                200,
                json={
                    "success": True,
                    "result": {"buckets": []},
                    "result_info": {"cursor": "next"},
                },
            )
        return httpx.Response(
            200, json={"success": True, "result": {"buckets": [{"name": "mine"}]}}
        )

    assert find(asked(kind, name="mine"), answer) == Found("mine")


def test_a_list_of_something_that_is_gone_has_nothing():
    kind = "cloudflare:index/queueConsumer:QueueConsumer"

    assert find(asked(kind, scriptName="w"), lambda _: httpx.Response(404)) is None


def test_what_is_set_as_a_whole_is_not_looked_up():
    kind = "cloudflare:index/r2BucketCors:R2BucketCors"

    assert find(asked(kind), lambda _: pytest.fail("nothing is asked")) is None


@pytest.mark.parametrize("status", [401, 500, 503])
def test_an_api_that_does_not_answer_stops_the_repair(status):
    with pytest.raises(OpsError, match="cannot be looked up"):
        find(
            asked("cloudflare:index/queue:Queue", queueName="m"),
            lambda _: httpx.Response(status, json={"result": [], "success": False}),
        )


def test_a_refused_connection_is_never_read_as_not_there():
    def refuse(_request):
        raise httpx.ConnectError("refused")

    with pytest.raises(OpsError, match="see that the API is reachable"):
        find(asked("cloudflare:index/queue:Queue", queueName="mine"), refuse)
