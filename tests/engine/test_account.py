"""The stand-in and the local Cloudflare agree on what is in the account."""

import hashlib
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.sdk import cloudflare
from harness.local_cloudflare import LocalCloudflare
from tests.engine.contract_program import ACCOUNT, ZONE, program
from tests.engine.engine import Engine, EngineFailure

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

GOOD = "export default {fetch(){return new Response('good')}}"
BAD = "export default {fetch(){return new Response('bad')}"
HOST = "api.chitty.cc"


def test_every_setting_changed_by_hand_shows_and_is_put_right(
    engine: Engine, cloud: LocalCloudflare
):
    stack = engine.stack(program)
    stack.up()
    stack.configure("mig", "off")
    stack.up()
    _change_by_hand(cloud, {name: it["outputs"] for name, it in stack.resources().items()})

    refreshed = stack.refresh()

    changed = {name: refreshed.changed[name] for name in refreshed.changes}
    assert changed == {
        "kv": ["title"],
        "seed": ["value"],
        "docs-cors": ["rules[0].allowed.origins[0]"],
        "docs-lifecycle": ["rules[1]"],
        "docs-public": ["enabled"],
        "events": ["queueName"],
        "consumer": ["settings.maxRetries"],
        "workers-dev": ["enabled"],
        "cron": ["schedules[0].cron"],
        "route": ["script"],
        "worker": ["content"],
    }
    assert stack.up().changes == dict.fromkeys(changed, "update")
    assert stack.refresh().changes == {}


def _change_by_hand(cloud: LocalCloudflare, known: dict[str, dict[str, Any]]) -> None:
    script = "/workers/scripts/chittyconnect"
    bucket = "/r2/buckets/chittyconnect-documents"
    namespace = f"/storage/kv/namespaces/{known['worker']['bindings'][-1]['namespaceId']}"
    queue = f"/queues/{known['events']['queueId']}"
    cors = cloud.result("GET", cloud.account(f"{bucket}/cors"))["rules"]
    cors[0]["allowed"]["origins"] = ["*"]
    lifecycle = cloud.result("GET", cloud.account(f"{bucket}/lifecycle"))["rules"][:1]
    consumer = {"type": "worker", "script_name": "chittyconnect", "dead_letter_queue": "dlq"}
    settings = {"batch_size": 10, "max_retries": 9}
    changes: list[tuple[str, str, Any]] = [
        ("PUT", namespace, {"title": "by hand"}),
        ("PUT", f"{bucket}/cors", {"rules": cors}),
        ("PUT", f"{bucket}/lifecycle", {"rules": lifecycle}),
        ("PUT", f"{bucket}/domains/managed", {"enabled": True}),
        (
            "PUT",
            f"{queue}/consumers/{known['consumer']['consumerId']}",
            {**consumer, "settings": settings},
        ),
        ("PUT", queue, {"queue_name": "by-hand"}),
        ("POST", f"{script}/subdomain", {"enabled": True, "previews_enabled": False}),
        ("PUT", f"{script}/schedules", [{"cron": "0 0 * * *"}]),
    ]
    for method, path, body in changes:
        cloud.result(method, cloud.account(path), json=body)
    cloud.result("PUT", cloud.account(f"{namespace}/values/api:1"), content=b"by hand")
    _change_route(cloud)
    _change_code(cloud, script)


def _change_route(cloud: LocalCloudflare) -> None:
    routes = f"/zones/{ZONE}/workers/routes"
    (route,) = cloud.result("GET", routes)
    cloud.result("PUT", f"{routes}/{route['id']}", json={"pattern": route["pattern"]})


def _change_code(cloud: LocalCloudflare, script: str) -> None:
    code = (
        "import {DurableObject} from 'cloudflare:workers';"
        "export class SessionStateDO extends DurableObject{};"
        "export default {fetch(){return new Response('by hand')},queue(){},scheduled(){}}"
    )
    cloud.result(
        "PUT",
        cloud.account(f"{script}/content"),
        files={
            "metadata": (None, '{"main_module": "worker.mjs"}', "application/json"),
            "worker.mjs": ("worker.mjs", code, "application/javascript+module"),
        },
    )


def test_a_bad_worker_fails_with_its_reason_and_the_old_one_serves(
    engine: Engine, cloud: LocalCloudflare, tmp_path: Path
):
    bundle = tmp_path / "index.mjs"

    def declare() -> None:
        script = cloudflare.WorkersScript(
            "api",
            account_id=ACCOUNT,
            script_name="api",
            main_module="index.mjs",
            content_file=str(bundle),
            content_sha256=hashlib.sha256(bundle.read_bytes()).hexdigest(),
            compatibility_date="2026-11-01",
        )
        cloudflare.WorkersCustomDomain(
            "host", account_id=ACCOUNT, zone_id=ZONE, hostname=HOST, service=script.script_name
        )

    stack = engine.stack(declare)
    bundle.write_text(GOOD)
    stack.up()
    bundle.write_text(BAD)

    with pytest.raises(EngineFailure, match=r"workers/scripts/api answered 400: .*SyntaxError"):
        stack.up()

    assert cloud.at(HOST).text == "good"
    bundle.write_text(GOOD.replace("good", "better"))
    assert stack.up().changed["api"] == ["contentSha256"]
    assert cloud.at(HOST).text == "better"


def test_what_others_made_is_imported_as_it_is(engine: Engine, cloud: LocalCloudflare):
    namespace = cloud.result(
        "POST", cloud.account("/storage/kv/namespaces"), json={"title": "theirs"}
    )
    database = cloud.result("POST", cloud.account("/d1/database"), json={"name": "theirs"})
    queue = cloud.result("POST", cloud.account("/queues"), json={"queue_name": "theirs"})
    cloud.result("POST", cloud.account("/r2/buckets"), json={"name": "theirs"})
    cloud.upload("theirs", {"worker.mjs": GOOD})
    ids = {
        "kv": namespace["id"],
        "db": database["uuid"],
        "queue": queue["queue_id"],
        "docs": "theirs/default",
        "script": "theirs",
    }

    def declare(*, adopt: bool) -> None:
        options = {
            name: pulumi.ResourceOptions(import_=f"{ACCOUNT}/{given}" if adopt else None)
            for name, given in ids.items()
        }
        cloudflare.WorkersKvNamespace("kv", account_id=ACCOUNT, title="theirs", opts=options["kv"])
        cloudflare.D1Database("db", account_id=ACCOUNT, name="theirs", opts=options["db"])
        cloudflare.Queue("queue", account_id=ACCOUNT, queue_name="theirs", opts=options["queue"])
        cloudflare.R2Bucket("docs", account_id=ACCOUNT, name="theirs", opts=options["docs"])
        cloudflare.WorkersScript(
            "script",
            account_id=ACCOUNT,
            script_name="theirs",
            main_module="worker.mjs",
            content=GOOD,
            compatibility_date="2026-11-01",
            opts=options["script"],
        )

    stack = engine.stack(lambda: declare(adopt=True))

    assert set(stack.up().changes) == set(ids)
    assert stack.becomes(lambda: declare(adopt=False)).preview().changes == {}
