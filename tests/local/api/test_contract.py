"""Every recorded request of the official plugin is answered in a way it accepts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from common.json_types import Json
from local.api.http.multipart import Part, write_form

pytestmark = pytest.mark.anyio

EXCHANGES = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "contract/workers.jsonl").read_text().splitlines()
]

REQUIRED: dict[str, dict[str, type | tuple[type, ...]]] = {
    r"kv/namespaces(/\w+)?": {"id": str, "title": str},
    r"r2/buckets(/[\w-]+)?": {"name": str, "creation_date": str, "storage_class": str},
    r"r2/buckets/[\w-]+/(cors|lifecycle)": {"rules": list},
    r"domains/managed": {"enabled": bool, "domain": str, "bucketId": str},
    r"queues(/\w+)?": {"queue_id": str, "queue_name": str, "consumers": list, "producers": list},
    r"queues/\w+/consumers(/\w+)?": {
        "consumer_id": str,
        "script_name": str,
        "settings": dict,
        "type": str,
        "dead_letter_queue": str,
    },
    r"d1/database(/[\w-]+)?": {
        "uuid": str,
        "name": str,
        "version": str,
        "created_at": str,
        "read_replication": dict,
    },
    r"workers/scripts/[\w-]+": {
        "id": str,
        "etag": str,
        "handlers": list,
        "has_modules": bool,
        "has_assets": bool,
        "startup_time_ms": int,
        "migration_tag": str,
        "placement": dict,
        "created_on": str,
        "modified_on": str,
    },
    r"scripts/[\w-]+/settings": {"bindings": list, "placement": dict, "usage_model": str},
    r"scripts/[\w-]+/subdomain": {"enabled": bool, "previews_enabled": bool},
    r"scripts/[\w-]+/schedules": {"schedules": list},
    r"services/[\w-]+": {"id": str, "default_environment": dict},
    r"workers/domains(/\w+)?": {
        "id": str,
        "hostname": str,
        "service": str,
        "zone_id": str,
        "zone_name": str,
        "cert_id": str,
        "environment": str,
    },
    r"workers/routes(/\w+)?": {"id": str, "pattern": str, "script": str},
}
RULESETS = [
    json.loads(line)
    for line in (Path(__file__).parents[2] / "contract/rulesets.jsonl").read_text().splitlines()
]
NOTHING_TO_READ = {("PUT", "cors"), ("PUT", "lifecycle")}


class Replay:
    """Sends what was recorded, with our ids in the place of the recorder's."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def here(self, value: Any) -> Any:
        text = json.dumps(value)
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return json.loads(text)

    def learn(self, recorded: Any, answered: Any) -> None:
        if not isinstance(recorded, dict) or not isinstance(answered, dict):
            return
        names = ("consumer_id", "queue_id", "uuid", "id")
        ours = next((answered[name] for name in names if name in answered), None)
        for name in names:
            if ours and len(recorded.get(name, "")) > 30:
                self.ids.setdefault(recorded[name], ours)

    def body(self, request: Any) -> Json:
        if not isinstance(request, dict) or "__multipart__" not in request:
            return {} if request is None else {"json": request}
        parts = [
            Part(p["name"], p["filename"], p["type"], p["body"].encode())
            for p in request["__multipart__"]
        ]
        content, content_type = write_form(parts)
        return {"content": content, "headers": {"content-type": content_type}}


def check(exchange: Json, result: Any) -> None:
    path = exchange["path"].removeprefix("/client/v4")
    if exchange["method"] == "DELETE" or path.rsplit("/")[-1] == "content":
        return
    if (exchange["method"], path.rpartition("/")[2]) in NOTHING_TO_READ:
        return
    tail = re.sub(r"^/(accounts|zones)/\w+/(storage/)?", "", path)
    fields = [f for pattern, f in REQUIRED.items() if re.fullmatch(f"(.*/)?{pattern}", tail)]
    if "/values/" in path or "/metadata/" in path:
        return
    assert fields, tail
    for name, kind in fields[-1].items():
        assert isinstance(result[name], kind), (path, name, result)


async def test_every_recorded_exchange_is_answered(world):
    replay = Replay()
    for exchange in EXCHANGES:
        sent = replay.body(replay.here(exchange["request"]))
        path = replay.here(exchange["path"]).removeprefix("/client/v4")
        answer = await world.client.request(exchange["method"], path, **sent)
        if replays_a_migration(exchange):
            assert answer.json()["errors"][0]["code"] == 10079
            continue
        assert answer.is_success, (exchange["method"], path, answer.text)
        if answer.headers["content-type"].startswith("application/json"):
            result = answer.json()["result"]
            check(exchange, result)
            if exchange["method"] in ("POST", "PUT"):
                replay.learn(exchange["response"], result)
        elif path.endswith("content/v2"):
            assert answer.headers["cf-entrypoint"] == "worker.mjs"
            assert b"SessionStateDO" in answer.content
        else:
            assert answer.content == b"v"

    left = [kind for kind in ("script", "bucket", "database") if world.state.records.all(kind)]
    assert left == []


def replays_a_migration(exchange: Json) -> bool:
    """Whether it is the upload in which an applied migration comes again: Cloudflare refuses."""
    uploads = [e for e in EXCHANGES if e["method"] == "PUT" and "/scripts/" in e["path"]]
    return exchange is uploads[-1] and len(uploads) > 1


async def test_a_secret_never_comes_back(world):
    await world.upload(bindings=[{"name": "S", "type": "secret_text", "text": "c4nary"}])

    paths = ["", "/settings", "/secrets", "/secrets/S", "/versions", "/content/v2"]
    answers = [await world.client.get(world.script(rest=path)) for path in paths]

    assert [a.status_code for a in answers] == [200] * len(paths)
    assert not [a for a in answers if "c4nary" in a.text]


async def test_every_recorded_exchange_of_a_version_is_answered(world):
    lines = (Path(__file__).parents[2] / "contract/versions.jsonl").read_text().splitlines()
    replay = Replay()
    for exchange in map(json.loads, lines):
        sent = replay.body(replay.here(exchange["request"]))
        path = replay.here(exchange["path"]).removeprefix("/client/v4")
        query = f"?{exchange['query']}" if exchange["query"] else ""
        answer = await world.client.request(exchange["method"], path + query, **sent)
        assert answer.is_success, (exchange["method"], path, answer.text)
        result, given = answer.json()["result"], exchange["request"]
        if exchange["method"] == "POST":
            replay.learn(exchange["response"], result)
            asked = replay.here(given)
            kept = {name for name in asked if name in result}
            assert asked.keys() - kept <= {"modules"}
            assert {name: subset(asked[name], result[name]) for name in kept} == {
                name: asked[name] for name in kept
            }
        if query == "?include=modules":
            assert result["modules"] == exchange["response"]["modules"]

    assert world.state.records.all("script") == []


def subset(asked: Any, answered: Any) -> Any:
    """Leave of *answered* what was *asked* for."""
    if isinstance(asked, dict):
        return {name: answered[name] for name in asked}
    return answered


async def test_every_recorded_exchange_of_a_ruleset_is_answered(world):
    replay = Replay()
    for exchange in RULESETS:
        sent = replay.body(replay.here(exchange["request"]))
        path = replay.here(exchange["path"]).removeprefix("/client/v4")
        answer = await world.client.request(exchange["method"], path, **sent)
        assert answer.is_success, (exchange["method"], path, answer.text)
        if exchange["method"] == "DELETE":
            continue
        result = answer.json()["result"]
        replay.learn(exchange["response"], result)
        asked = exchange["response"]["rules"]
        assert [
            {name: it.get(name) for name in rule}
            for it, rule in zip(result["rules"], asked, strict=True)
        ] == asked

    assert world.state.records.all("ruleset") == []
