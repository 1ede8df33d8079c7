"""Logs are kept for longer than Cloudflare keeps them, redacted, an hour a file (FW-10)."""

import base64
import gzip
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from types import SimpleNamespace

import httpx
import pytest

from harness.local_cloudflare import local_cloudflare
from ops.cloudflare_api.account import Account
from ops.commands import archive as command
from ops.errors import OpsError
from ops.monitoring import recovery_drill
from ops.monitoring.log_archive import BucketSink, FolderSink, Source, archive, line, past_hours
from ops.monitoring.workers_logs import Telemetry, Window
from ops.stack import effective_config
from ops.stack.target import Target
from systems.preconditions import TOKEN
from tests.ops.monitoring.example_checks import watched
from tests.ops.monitoring.test_error_groups import NOW, answering, event, telemetry, thrown
from tests.support_runtime import eventually

SECRET = base64.urlsafe_b64encode(hashlib.sha256(b"a canary").digest()).decode().strip("=")


def kept(given):
    return json.loads(line(given))


def test_what_a_line_has_is_named_and_nothing_else_comes_along():
    given = event(1, source={"message": "asked"}, account="ab" * 16, url="https://a.example/x?y=1")
    given["$containers"] = {"id": "x"}
    given["$workers"]["event"] = {
        "request": {
            "method": "GET",
            "path": "/x",
            "url": "https://a.example/x?y=1",
            "headers": {"authorization": "x", "cookie": "y"},
            "search": {"y": "1"},
            "cf": {"city": "Springfield"},
        },
        "response": {"status": 200},
    }

    found = kept(given)

    assert set(found) == {"timestamp", "source", "$metadata", "$workers"}
    assert found["$workers"]["event"] == {
        "request": {"method": "GET", "path": "/x"},
        "response": {"status": 200},
    }
    assert not {"account", "url"} & set(found["$metadata"])
    assert found["$metadata"]["requestId"] == "r1"


HIDDEN = {
    "a bearer": f"refused: Bearer {SECRET}",
    "a mail address": "told alice@example.org",
    "a network address": "from 203.0.113.9 and 2001:db8:0:1:2:3:4:5",
    "a query": "fetch https://a.example/x?token=abcdef failed",
    "an assignment": "password=hunter2-and-more was wrong",
}
LEAKS = (SECRET, "alice", "203.0.113", "2001:db8", "abcdef", "hunter2")


@pytest.mark.parametrize("said", HIDDEN.values(), ids=HIDDEN)
def test_a_text_is_kept_without_what_is_of_nobody_elses_business(said):
    whole = thrown(1, said)
    whole["$metadata"] |= {"trigger": f"GET /x {said}", "message": said, "error": said}
    whole["$workers"]["event"] = {"request": {"method": "GET", "path": f"/{said}"}}

    text = line(whole).decode()

    assert [each for each in LEAKS if each in text] == []
    assert "worker.js" in text


def test_hours_that_are_over_follow_one_another_without_a_gap():
    hours = past_hours(3, datetime(2026, 11, 30, 8, 59, tzinfo=UTC))

    assert [each.begin.hour for each in hours] == [5, 6, 7]
    frames = [each.timeframe() for each in hours]
    assert [b["from"] - a["to"] for a, b in pairwise(frames)] == [0, 0]


def test_an_hour_is_whole_when_what_comes_late_has_come():
    (before,) = past_hours(1, datetime(2026, 11, 30, 8, 29, tzinfo=UTC))
    (after,) = past_hours(1, datetime(2026, 11, 30, 8, 30, tzinfo=UTC))

    assert (before.begin.hour, after.begin.hour) == (6, 7)


def test_an_event_between_two_hours_is_in_the_later_one_alone(tmp_path):
    at_eight, before = event(1), event(2, seconds=0.001)
    pages = [[at_eight, before], [at_eight]]
    source = Source(telemetry(answering(pages, [])), ["api"], "staging")
    hours = past_hours(2, NOW + timedelta(hours=1, minutes=30))

    done = list(archive(source, FolderSink(tmp_path / "logs"), hours, silent))

    assert [each.events for each in done] == [1, 1]


def silent(_):
    pass


def test_an_hour_that_is_there_is_not_asked_for_again(tmp_path):
    asked: list[object] = []
    first_hour = [event(2, seconds=3601), event(1, seconds=3602)]
    pages = [first_hour, [event(3, seconds=1)]]
    source = Source(telemetry(answering(pages, asked)), ["api"], "staging")
    sink, hours = FolderSink(tmp_path / "logs"), past_hours(2, NOW + timedelta(minutes=30))

    first = list(archive(source, sink, hours[:1], silent))
    again = list(archive(source, sink, hours, silent))

    assert [each.events for each in (*first, *again)] == [2, None, 1]
    assert len(asked) == 2
    file = tmp_path / "logs" / first[0].name
    assert first[0].name == "staging/2026-11-30/06.ndjson.gz"
    assert file.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "logs").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "logs" / ".gitignore").read_text() == "*\n"
    stamps = [
        json.loads(each)["timestamp"] for each in gzip.decompress(file.read_bytes()).splitlines()
    ]
    assert stamps == sorted(stamps)


SINKS = {
    "nothing": " ",
    "no bucket": "r2://",
    "a bucket that is none": "r2://No_Bucket/x",
    "a prefix that is none": "r2://logs/a b",
    "a bucket elsewhere": "s3://logs/kept",
}


@pytest.mark.parametrize("to", SINKS.values(), ids=SINKS)
def test_what_is_no_sink_is_refused(tmp_path, to):
    with pytest.raises(OpsError, match="write r2://BUCKET/PREFIX, or name a folder"):
        command._sink(watched(tmp_path).session, to)


def test_a_bucket_that_a_host_of_a_zone_shows_is_refused(tmp_path, monkeypatch):
    def answer(request):
        hosts = [{"domain": "off.chitty.cc"}, {"domain": "logs.chitty.cc", "enabled": True}]
        found = {"domains": hosts} if request.url.path.endswith("/custom") else {"enabled": False}
        return httpx.Response(200, json={"success": True, "result": found})

    asked = partial(Account, transport=httpx.MockTransport(answer))
    monkeypatch.setattr(command, "Account", asked)
    monkeypatch.setenv(TOKEN, "t")

    with pytest.raises(OpsError, match=r"anybody may read, at logs\.chitty\.cc; name another"):
        command._sink(watched(tmp_path).session, "r2://logs/kept")


@pytest.mark.parametrize(("plan", "hours", "most"), [("free", 72, 71), ("paid", 168, 167)])
def test_hours_that_cloudflare_no_longer_has_are_refused(tmp_path, monkeypatch, plan, hours, most):
    config = SimpleNamespace(deployment=SimpleNamespace(plan=plan))
    monkeypatch.setattr(effective_config, "check", lambda *_, **__: config)
    session = watched(tmp_path).session
    command._check_hours(session, most)

    with pytest.raises(OpsError, match=f"on the plan {plan} .* give {most} at most"):
        command._check_hours(session, hours)


PRINTS = f"""export default {{ fetch(request) {{
  console.log("asked by alice@example.org with {SECRET}");
  return new Response();
}} }}"""


@pytest.mark.workerd
def test_logs_come_to_a_bucket_that_nobody_else_may_read(tmp_path, monkeypatch):
    """FW-10: log aggregation to R2, redacted."""
    root = tmp_path / "clone"
    (root / ".local").mkdir(parents=True)
    port = recovery_drill.free_port()
    ports = {"api": port, "edge": port + 1, "s3": port + 2}
    with local_cloudflare(root / ".local" / "cloudflare", ports=ports) as cloud:
        cloud.upload("api", {"worker.mjs": PRINTS}, observability={"enabled": True})
        sent = {"hostname": "a.chitty.cc", "service": "api", "zone_id": cloud.zone_id}
        cloud.result("PUT", cloud.account("/workers/domains"), json=sent)
        cloud.result("POST", cloud.account("/r2/buckets"), json={"name": "logs"})
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", cloud.token)
        config = {"cloudflare:baseUrl": cloud.api_url, "chittyos:account": cloud.account_id}
        session = watched(root, Target("development", "development", config)).session
        asked = Telemetry(cloud.api_url, cloud.account_id, cloud.token)
        cloud.at("a.chitty.cc")
        now = datetime.fromtimestamp(time.time(), UTC)
        hour = Window(now - timedelta(minutes=5), now + timedelta(minutes=5))
        eventually(lambda: len(list(asked.events(["api"], hour))), 1)

        sink = command._sink(session, "r2://logs/kept")
        assert isinstance(sink, BucketSink)
        (done,) = archive(Source(asked, ["api"], "development"), sink, [hour], silent)

        assert (done.events, sink.has(done.name)) == (1, True)
        got = sink.client.get_object(Bucket="logs", Key=f"kept/{done.name}")
        text = gzip.decompress(got["Body"].read()).decode()
        assert json.loads(text)["source"]["message"] == "asked by [mail] with [hidden]"
        path = cloud.account("/r2/buckets/logs/domains/managed")
        cloud.result("PUT", path, json={"enabled": True})
        with pytest.raises(OpsError, match="anybody may read"):
            command._sink(session, "r2://logs/kept")
