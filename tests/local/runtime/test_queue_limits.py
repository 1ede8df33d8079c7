"""What a queue refuses, by Cloudflare's codes and causes, in the binding and in the API (W5, W31).

developers.cloudflare.com/queues/reference/error-codes
"""

import pytest

from common.json_types import Json
from local.records.model import Cloud, Queue
from planning.queues import LARGEST_MESSAGE_BYTES, LONGEST_DELAY_SECONDS
from tests.support_runtime import json_of, script, serving

pytestmark = pytest.mark.workerd

BINDING = {"type": "queue", "name": "Q", "queue_name": "jobs"}
SOURCE = """export default { async fetch(request, { Q }) {
  const { batch, options, size, delaySeconds } = await request.json();
  const body = "x".repeat(size ?? 1);
  const delay = delaySeconds === undefined ? {} : { delaySeconds };
  const message = { body, contentType: "text", ...delay };
  try {
    if (batch === undefined) await Q.send(body, { contentType: "text", ...message, ...options });
    else await Q.sendBatch(Array.from({ length: batch }, () => message), options ?? {});
    return Response.json("sent");
  } catch (error) {
    return Response.json(error.message);
  }
} }"""
TAKEN: list[Json] = [
    {},
    {"size": LARGEST_MESSAGE_BYTES},
    {"delaySeconds": 0},
    {"delaySeconds": LONGEST_DELAY_SECONDS},
    {"batch": 100},
    {"batch": 2, "size": 128_000},
    {"batch": 2, "options": {"delaySeconds": LONGEST_DELAY_SECONDS}},
    {"batch": 2, "delaySeconds": 5},
]
REFUSED: list[tuple[Json, str, int]] = [
    ({"size": LARGEST_MESSAGE_BYTES + 1}, "Message size out of bounds", 10204),
    ({"delaySeconds": -1}, "Invalid message metadata", 10203),
    ({"delaySeconds": LONGEST_DELAY_SECONDS + 1}, "Invalid message metadata", 10203),
    ({"batch": 101}, "Batch count out of bounds", 10206),
    ({"batch": 3, "size": 100_000}, "Batch size out of bounds", 10205),
    ({"batch": 1, "size": 128_001}, "Message size out of bounds", 10204),
    ({"batch": 2, "delaySeconds": -1}, "Invalid message metadata", 10203),
    ({"batch": 2, "options": {"delaySeconds": -1}}, "Invalid batch delay", 10202),
    ({"batch": 2, "options": {"delaySeconds": 100_000}}, "Invalid batch delay", 10202),
]


@pytest.fixture(params=[{}, {"delivery_delay": 60}], ids=["no delay", "a delay"])
def edge(start, tmp_path, request):
    worker = script(tmp_path, SOURCE, bindings=(BINDING,))
    return start(serving(worker, queues=(Queue("jobs", request.param),)))


def waiting(edge):
    return edge.admin("GET", "/queues/jobs").json()["backlogCount"]


def test_the_binding_takes_what_cloudflare_takes(edge):
    for message in TAKEN:
        assert edge.request("POST", "/", body=json_of(**message)).json() == "sent", message


def test_the_binding_says_cause_and_code_and_nothing_is_sent(edge):
    for message, cause, code in REFUSED:
        said = edge.request("POST", "/", body=json_of(**message)).json()

        assert cause in said, (message, said)
        assert said.endswith(f"({code})"), (message, said)
    assert waiting(edge) == 0


def test_before_the_codes_were_shown_the_binding_says_the_status(start, tmp_path):
    """W31: `Payload Too Large` before 2026-03-12."""
    worker = script(tmp_path, SOURCE, bindings=(BINDING,), compatibility_date="2026-03-11")
    edge = start(serving(worker, queues=(Queue("jobs", {}),)))

    said = edge.request("POST", "/", body=json_of(size=128_001)).json()
    assert said == "Queue send failed: Payload Too Large"


LARGE = {"body": "x" * 128_000, "content_type": "text"}
API: list[tuple[Json, int, str]] = [
    ({"messages": [LARGE] * 3}, 10205, "Batch size out of bounds: at most 256000 bytes"),
    ({"messages": [{"body": "x"}] * 101}, 10206, "Batch count out of bounds: at most 100 messages"),
    ({"messages": [{"body": "x"}], "delay_seconds": -1}, 10202, "Invalid batch delay: it is 0 to"),
    ({"messages": [{"body": "x", "delay_seconds": 100_000}]}, 10203, "Invalid message metadata: a"),
    ({"messages": [{"body": "x", "delay_seconds": 10**300}]}, 10203, ""),
    ({"messages": [LARGE | {"body": "x" * 128_001}]}, 10204, "Message size out of bounds: at mo"),
]


def test_the_api_refuses_by_the_same_codes(start):
    edge = start(Cloud(queues=(Queue("jobs", {}),)))

    for batch, code, said in API:
        answer = edge.admin("POST", "/queues/jobs/batch", content=json_of(**batch))
        assert answer.status_code == 400, batch
        assert answer.json()["error"]["code"] == str(code), answer.text
        assert answer.json()["error"]["message"].startswith(said)
    one = edge.admin("POST", "/queues/jobs", content=json_of(body="x", delay_seconds=-1))
    assert one.json()["error"]["code"] == "10203"
    assert waiting(edge) == 0


def test_null_is_a_message_and_no_delay(start):
    edge = start(Cloud(queues=(Queue("jobs", {}),)))

    one = {"body": None, "delay_seconds": None}
    assert edge.admin("POST", "/queues/jobs", content=json_of(**one)).status_code == 200
    assert waiting(edge) == 1
