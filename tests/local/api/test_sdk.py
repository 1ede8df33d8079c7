"""The official `cloudflare` SDK as a client of the whole local Cloudflare."""

import base64
import io
import json
import time
import warnings

import pytest

from harness.local_cloudflare import local_cloudflare
from tests.local.api.receiver import receiver

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import cloudflare
    from cloudflare import Cloudflare

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

CODE = b"export class A {} export default { fetch() { return new Response('hi') } }"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with local_cloudflare(tmp_path_factory.mktemp("sdk") / "cf") as running:
        yield running


@pytest.fixture(scope="module")
def sdk(cloud):
    with Cloudflare(api_token=cloud.token, base_url=cloud.api_url, max_retries=0) as client:
        yield client


def test_who_and_where(sdk, cloud):
    assert sdk.user.tokens.verify().status == "active"
    assert [account.id for account in sdk.accounts.list()] == [cloud.account_id]
    (zone,) = list(sdk.zones.list(name="chitty.cc"))
    assert zone.id == cloud.zone_id
    assert zone.account.id == cloud.account_id
    assert sdk.zones.get(zone_id=zone.id).name == "chitty.cc"


def test_kv_namespaces_and_keys(sdk, cloud):
    account = {"account_id": cloud.account_id}
    namespaces = sdk.kv.namespaces
    made = namespaces.create(title="sdk", **account)
    here = {"namespace_id": made.id, **account}
    key = "odd/key %?#ü"

    namespaces.values.update(key, value="välue".encode(), metadata=json.dumps({"a": 1}), **here)
    assert namespaces.values.get(key, **here).read().decode() == "välue"
    assert namespaces.metadata.get(key, **here) == {"a": 1}
    namespaces.bulk_update(body=[{"key": f"k{n}", "value": "v"} for n in range(12)], **here)
    assert len(list(namespaces.keys.list(limit=10, **here))) == 13
    got = namespaces.bulk_get(keys=["k1", "none"], **here)
    assert got.values == {"k1": "v", "none": None}
    namespaces.bulk_delete(body=["k1"], **here)
    namespaces.values.delete(key, **here)
    with pytest.raises(cloudflare.NotFoundError, match="10009"):
        namespaces.values.get(key, **here)
    assert namespaces.update(title="renamed", **here).title == "renamed"
    assert [n.title for n in namespaces.list(**account)] == ["renamed"]
    namespaces.delete(**here)
    assert list(namespaces.list(**account)) == []


def test_buckets_and_objects(sdk, cloud):
    account = {"account_id": cloud.account_id}
    buckets = sdk.r2.buckets
    made = buckets.create(name="sdk-docs", storage_class="Standard", **account)
    assert (made.name, made.storage_class) == ("sdk-docs", "Standard")
    assert [b.name for b in buckets.list(**account).buckets] == ["sdk-docs"]

    rule = {"allowed": {"origins": ["https://a.chitty.cc"], "methods": ["GET"]}, "id": "r"}
    buckets.cors.update("sdk-docs", rules=[rule], **account)
    (shown,) = buckets.cors.get("sdk-docs", **account).rules
    assert shown.allowed.origins == ["https://a.chitty.cc"]
    buckets.cors.delete("sdk-docs", **account)

    age = {"condition": {"type": "Age", "maxAge": 604800}}
    rules = [
        {"id": "t", "enabled": True, "conditions": {"prefix": "t/"}, "deleteObjectsTransition": age}
    ]
    buckets.lifecycle.update("sdk-docs", rules=rules, **account)
    (shown,) = buckets.lifecycle.get("sdk-docs", **account).rules
    assert shown.delete_objects_transition.condition.max_age == 604800
    managed = buckets.domains.managed.update("sdk-docs", enabled=False, **account)
    assert managed.enabled is False

    with pytest.raises(cloudflare.ConflictError, match="10004"):
        buckets.create(name="sdk-docs", **account)
    objects = f"/accounts/{cloud.account_id}/r2/buckets/sdk-docs/objects"
    headers = {"content-type": "text/plain"}
    cloud.result("PUT", f"{objects}/a%2Fb.txt", content=b"hello", headers=headers)
    (found,) = list(buckets.objects.list("sdk-docs", **account))
    assert (found.key, found.size, found.storage_class) == ("a/b.txt", 5, "Standard")
    assert buckets.objects.get("a/b.txt", bucket_name="sdk-docs", **account).read() == b"hello"
    with pytest.raises(cloudflare.ConflictError, match="10008"):
        buckets.delete("sdk-docs", **account)
    buckets.objects.delete("a/b.txt", bucket_name="sdk-docs", **account)
    buckets.delete("sdk-docs", **account)
    assert buckets.list(**account).buckets == []


def test_databases_and_queries(sdk, cloud):
    account = {"account_id": cloud.account_id}
    databases = sdk.d1.database
    made = databases.create(name="sdk-db", **account)
    table = "CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT); INSERT INTO t (n) VALUES ('a'), ('b')"
    assert [r.success for r in databases.query(made.uuid, sql=table, **account)] == [True, True]

    (found,) = databases.query(
        made.uuid, sql="SELECT n FROM t WHERE id > ?", params=["1"], **account
    )
    assert found.results == [{"n": "b"}]
    (raw,) = databases.raw(made.uuid, sql="SELECT id, n FROM t", **account)
    assert (raw.results.columns, raw.results.rows) == (["id", "n"], [[1, "a"], [2, "b"]])
    with pytest.raises(cloudflare.BadRequestError, match="no such table: x"):
        databases.query(made.uuid, sql="SELECT * FROM x", **account)

    batch = [{"sql": "DELETE FROM t"}, {"sql": "INSERT INTO nowhere VALUES (1)"}]
    with pytest.raises(cloudflare.BadRequestError, match="7500"):
        databases.query(made.uuid, batch=batch, **account)
    (count,) = databases.query(made.uuid, sql="SELECT count(*) AS n FROM t", **account)
    assert count.results == [{"n": 2}]

    assert databases.get(made.uuid, **account).num_tables == 1
    edited = databases.edit(made.uuid, read_replication={"mode": "auto"}, **account)
    assert edited.read_replication.mode == "auto"
    assert [d.name for d in databases.list(name="sdk-db", **account)] == ["sdk-db"]
    databases.delete(made.uuid, **account)
    with pytest.raises(cloudflare.NotFoundError, match="7404"):
        databases.get(made.uuid, **account)


def test_queues_consumers_and_messages(sdk, cloud):
    account = {"account_id": cloud.account_id}
    cloud.upload("consumer", {"w.mjs": "export default { fetch() {}, queue() {} }"})
    queue = sdk.queues.create(queue_name="sdk-q", **account)
    here = {"queue_id": queue.queue_id, **account}

    consumer = sdk.queues.consumers.create(
        type="worker", script_name="consumer", settings={"batch_size": 5}, **here
    )
    assert (consumer.script_name, consumer.settings.batch_size) == ("consumer", 5)
    changed = sdk.queues.consumers.update(
        consumer.consumer_id,
        type="worker",
        script_name="consumer",
        settings={"max_retries": 1},
        **here,
    )
    assert changed.settings.max_retries == 1
    sdk.queues.messages.push(body={"n": 1}, content_type="json", **here)
    sdk.queues.messages.bulk_push(messages=[{"body": "x", "content_type": "text"}], **here)
    (shown,) = list(sdk.queues.list(**account))
    assert shown.consumers_total_count == 1

    sdk.queues.consumers.delete(consumer.consumer_id, **here)
    assert list(sdk.queues.consumers.list(**here)) == []
    edited = sdk.queues.edit(queue.queue_id, settings={"delivery_delay": 5}, **account)
    assert edited.settings.delivery_delay == 5
    sdk.queues.delete(queue.queue_id, **account)
    sdk.workers.scripts.delete("consumer", **account)


def test_scripts_with_all_that_belongs_to_them(sdk, cloud):
    account = {"account_id": cloud.account_id}
    scripts = sdk.workers.scripts
    metadata = {
        "main_module": "w.mjs",
        "compatibility_date": "2026-11-01",
        "bindings": [
            {"name": "S", "type": "secret_text", "text": "c4nary"},
            {"name": "A", "type": "durable_object_namespace", "class_name": "A"},
        ],
        "migrations": {"new_tag": "v1", "new_sqlite_classes": ["A"]},
    }
    files = [("w.mjs", io.BytesIO(CODE), "application/javascript+module")]
    made = scripts.update("sdk-api", metadata=metadata, files=files, **account)
    assert (made.id, made.migration_tag, made.handlers) == ("sdk-api", "v1", ["fetch"])
    assert [(s.id, s.migration_tag) for s in scripts.list(**account)] == [("sdk-api", "v1")]

    settings = scripts.settings.get("sdk-api", **account)
    assert settings is not None
    shown = scripts.script_and_version_settings.get("sdk-api", **account)
    assert [(b.name, b.type, getattr(b, "text", None)) for b in shown.bindings] == [
        ("S", "secret_text", None),
        ("A", "durable_object_namespace", None),
    ]
    assert scripts.content.get("sdk-api", **account).status_code == 200
    scripts.schedules.update("sdk-api", body=[{"cron": "*/5 * * * *"}], **account)
    (schedule,) = scripts.schedules.get("sdk-api", **account).schedules
    assert schedule.cron == "*/5 * * * *"
    assert scripts.subdomain.create("sdk-api", enabled=False, **account).enabled is False
    scripts.secrets.update("sdk-api", name="T", text="x", type="secret_text", **account)
    assert {s.name for s in scripts.secrets.list("sdk-api", **account)} == {"S", "T"}
    scripts.secrets.delete("T", script_name="sdk-api", **account)

    versions = list(scripts.versions.list("sdk-api", **account))
    assert [v.number for v in versions] == [3, 2, 1]
    # the models of the SDK cannot hold these two answers, so they are read as they come
    raw = scripts.versions.with_raw_response.get(
        versions[-1].id, script_name="sdk-api", **account
    ).json()["result"]
    assert raw["resources"]["script_runtime"]["compatibility_date"] == "2026-11-01"
    raw = scripts.deployments.with_raw_response.list("sdk-api", **account).json()["result"]
    released = [deployment["versions"][0]["version_id"] for deployment in raw["deployments"]]
    assert released == [version.id for version in versions]
    back = scripts.deployments.create(
        "sdk-api",
        strategy="percentage",
        versions=[{"version_id": versions[-1].id, "percentage": 100}],
        **account,
    )
    assert back.versions[0].version_id == versions[-1].id

    (namespace,) = list(sdk.durable_objects.namespaces.list(**account))
    assert (namespace.script, namespace.class_, namespace.use_sqlite) == ("sdk-api", "A", True)
    domain = sdk.workers.domains.update(hostname="sdk.chitty.cc", service="sdk-api", **account)
    assert [d.id for d in sdk.workers.domains.list(**account)] == [domain.id]
    assert cloud.at("sdk.chitty.cc").text == "hi"
    route = sdk.workers.routes.create(
        zone_id=cloud.zone_id, pattern="chitty.cc/sdk/*", script="sdk-api"
    )
    assert cloud.at("chitty.cc", "/sdk/x").text == "hi"
    assert [r.id for r in sdk.workers.routes.list(zone_id=cloud.zone_id)] == [route.id]
    sdk.workers.routes.delete(route.id, zone_id=cloud.zone_id)
    sdk.workers.domains.delete(domain.id, **account)
    assert cloud.at("sdk.chitty.cc").status_code == 530
    scripts.delete("sdk-api", **account)
    assert list(scripts.list(**account)) == []


def test_what_is_not_emulated_is_an_error_at_once(sdk, cloud):
    patient = sdk.with_options(max_retries=5)

    with pytest.raises(cloudflare.InternalServerError, match="not emulated: GET /accounts/") as got:
        patient.r2.buckets.sippy.get("x", account_id=cloud.account_id)

    assert got.value.response.request.headers["x-stainless-retry-count"] == "0"


def test_one_name_is_one_kind_of_thing(sdk, cloud):
    account, scripts = {"account_id": cloud.account_id}, sdk.workers.scripts
    variable = {"name": "MODE", "type": "plain_text", "text": "a"}
    secret = {"name": "S", "type": "secret_text", "text": "s"}

    def upload(*bindings):
        files = [("w.mjs", io.BytesIO(CODE), "application/javascript+module")]
        metadata = {"main_module": "w.mjs", "bindings": list(bindings)}
        scripts.update("sdk-kinds", metadata=metadata, files=files, **account)

    def edit(*bindings):
        scripts.script_and_version_settings.edit(
            "sdk-kinds", settings={"bindings": list(bindings)}, **account
        )

    def set_all(**secrets):
        scripts.secrets.bulk_update("sdk-kinds", secrets=secrets, **account)

    upload(variable, secret)
    doors = [
        lambda: upload(variable, variable),
        lambda: upload({**variable, "name": "S"}),
        lambda: edit({**secret, "name": "MODE"}),
        lambda: edit(variable, {**secret, "name": "MODE"}),
        lambda: scripts.secrets.update(
            "sdk-kinds", name="MODE", text="x", type="secret_text", **account
        ),
        lambda: set_all(NEW={**secret, "name": "NEW"}, MODE={**secret, "name": "MODE"}),
    ]
    for door in doors:
        with pytest.raises(cloudflare.BadRequestError, match=r"10053.*already in use"):
            door()
    kept = scripts.script_and_version_settings.get("sdk-kinds", **account).bindings
    assert {(b.name, b.type) for b in kept} == {("MODE", "plain_text"), ("S", "secret_text")}

    set_all(NEW={**secret, "name": "NEW"}, S=None)
    assert [s.name for s in scripts.secrets.list("sdk-kinds", **account)] == ["NEW"]
    scripts.delete("sdk-kinds", **account)


def test_workers_by_versions(sdk, cloud):
    account = {"account_id": cloud.account_id}
    workers = sdk.workers.beta.workers
    made = workers.create(
        name="sdk-router", subdomain={"enabled": False, "previews_enabled": True}, **account
    )
    code = base64.b64encode(b"export default { fetch() { return new Response('%s') } }").decode()

    def upload(says, **more):
        text = base64.b64decode(code).decode() % says
        module = {
            "name": "index.mjs",
            "content_type": "application/javascript+module",
            "content_base64": base64.b64encode(text.encode()).decode(),
        }
        return workers.versions.create(
            made.id,
            main_module="index.mjs",
            modules=[module],
            compatibility_date="2026-11-01",
            **more,
            **account,
        )

    first, second = upload("one", deploy=True), upload("two")

    assert [each.number for each in workers.versions.list(made.id, **account)] == [2, 1]
    assert workers.get("sdk-router", **account).deployed_on is not None
    read = workers.versions.get("latest", worker_id=made.id, include="modules", **account)
    assert (read.id, base64.b64decode(read.modules[0].content_base64)[-8:]) == (
        second.id,
        b"wo') } }",
    )
    deployed = sdk.workers.scripts.deployments.create(
        "sdk-router",
        strategy="percentage",
        versions=[
            {"version_id": second.id, "percentage": 0.5},
            {"version_id": first.id, "percentage": 99.5},
        ],
        **account,
    )
    assert [each.percentage for each in deployed.versions] == [0.5, 99.5]
    asked = {"Cloudflare-Workers-Version-Overrides": f'sdk-router="{second.id}"'}
    workers.edit("sdk-router", **{**SETTINGS, "subdomain": PUBLIC}, name="sdk-router", **account)
    (preview,) = workers.versions.get(first.id, worker_id=made.id, **account).urls
    assert cloud.at(preview.removeprefix("https://")).text == "one"
    assert cloud.at("sdk-router.local.workers.dev", headers=asked).text == "two"
    workers.delete(made.id, **account)
    assert "sdk-router" not in [each.name for each in workers.list(**account)]


PUBLIC = {"enabled": True, "previews_enabled": True}
SETTINGS = {
    "logpush": False,
    "observability": {"enabled": True},
    "tags": [],
    "tail_consumers": [],
}


def test_settings_and_certificates_of_a_zone(sdk, cloud):
    zone = {"zone_id": cloud.zone_id}

    edited = sdk.zones.settings.edit(setting_id="ssl", value="strict", **zone)
    assert (edited.id, edited.value, edited.editable) == ("ssl", "strict", True)
    assert sdk.zones.settings.get(setting_id="ssl", **zone).value == "strict"
    with pytest.raises(cloudflare.BadRequestError, match="1007"):
        sdk.zones.settings.edit(setting_id="ssl", value="tight", **zone)
    assert sdk.dns.dnssec.edit(status="active", **zone).ds.startswith("chitty.cc.")
    sdk.dns.dnssec.edit(status="disabled", **zone)
    assert sdk.ssl.universal.settings.edit(enabled=False, **zone).enabled is False
    assert sdk.argo.tiered_caching.edit(value="on", **zone).value == "on"
    assert sdk.cache.smart_tiered_cache.edit(value="on", **zone).value == "on"
    host = {"setting_id": "min_tls_version", "hostname": "a.chitty.cc", **zone}
    assert sdk.hostnames.settings.tls.update(value="1.3", **host).value == "1.3"
    assert sdk.hostnames.settings.tls.get(**host)[0].hostname == "a.chitty.cc"
    sdk.hostnames.settings.tls.delete(**host)
    pack = sdk.ssl.certificate_packs.create(
        certificate_authority="google",
        hosts=["chitty.cc"],
        type="advanced",
        validation_method="txt",
        validity_days=90,
        **zone,
    )
    assert [each.id for each in sdk.ssl.certificate_packs.list(**zone)] == [pack.id]
    sdk.ssl.certificate_packs.delete(pack.id, **zone)
    assert sdk.zones.subscriptions.update(rate_plan={"id": "pro"}, **zone).rate_plan.id == "pro"


def test_tokens_of_the_account(sdk, cloud):
    account = {"account_id": cloud.account_id}
    groups = list(sdk.accounts.tokens.permission_groups.list(name="D1 Read", **account))
    policy = {
        "effect": "allow",
        "permission_groups": [{"id": groups[0].id}],
        "resources": {f"com.cloudflare.api.account.{cloud.account_id}": "*"},
    }

    made = sdk.accounts.tokens.create(name="preview", policies=[policy], **account)

    assert made.value.startswith("cfat_")
    with Cloudflare(api_token=made.value, base_url=cloud.api_url, max_retries=0) as itself:
        verified = itself.accounts.tokens.verify(**account)
        assert verified is not None
        assert verified.id == made.id
    assert sdk.accounts.tokens.value.update(token_id=made.id, **account) != made.value
    assert [each.name for each in sdk.accounts.tokens.list(**account)] == ["preview"]
    sdk.accounts.tokens.delete(token_id=made.id, **account)


def test_notifications_and_who_is_told(sdk, cloud):
    account = {"account_id": cloud.account_id}
    alerting = sdk.alerting
    with receiver() as hook:
        url = f"http://127.0.0.1:{hook.port}/in"
        webhooks = alerting.destinations.webhooks
        made = webhooks.create(name="hook", url=url, secret="c4nary-of-a-hook", **account)
        told = {"webhooks": [{"id": made.id}], "email": [{"id": "platform@chitty.cc"}]}
        policy = alerting.policies.create(
            name="down",
            alert_type="tunnel_health_event",
            enabled=True,
            mechanisms=told,
            filters={"new_status": ["TUNNEL_STATUS_TYPE_DOWN"]},
            alert_interval="30m",
            **account,
        )
        about = {"tunnel_id": "t", "new_status": "TUNNEL_STATUS_TYPE_DOWN"}
        event = {"alert_type": "tunnel_health_event", "about": about}
        cloud.result("POST", "/local/alerts", json=event)

    assert hook.bodies[-1]["alert_type"] == "tunnel_health_event"
    assert alerting.policies.get(policy.id, **account).alert_interval == "30m"
    shown = webhooks.get(made.id, **account)
    assert (shown.type, shown.url) == ("generic", url)
    assert shown.last_success
    lines = list(alerting.history.list(**account))
    assert {line.mechanism_type for line in lines} == {"webhook", "email"}
    assert all(line.policy_id == policy.id and line.sent for line in lines)
    assert list(alerting.destinations.pagerduty.get(**account)) == []
    alerting.policies.delete(policy.id, **account)
    webhooks.delete(made.id, **account)
    assert list(webhooks.list(**account)) == []


def test_lists_and_their_items(sdk, cloud):
    """Items are written by an operation, which a client looks at until it is done."""
    account, lists = {"account_id": cloud.account_id}, sdk.rules.lists
    made = lists.create(kind="ip", name="watched", description="seen before", **account)
    body = [{"ip": f"203.0.113.{number}"} for number in range(3)] + [{"ip": "2001:DB8::/32"}]

    def done(begun):
        deadline = time.monotonic() + 60
        while lists.bulk_operations.get(begun.operation_id, **account).status != "completed":
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def shown(**query):
        return [each.ip for each in lists.items.list(made.id, **query, **account)]

    done(lists.items.update(made.id, body=body, **account))
    assert shown(per_page=2) == [f"203.0.113.{number}" for number in range(3)] + ["2001:db8::/32"]
    assert shown(search="2001:DB8") == ["2001:db8::/32"]
    first = next(iter(lists.items.list(made.id, **account)))
    assert lists.items.get(first.id, list_id=made.id, **account).ip == "203.0.113.0"
    done(lists.items.delete(made.id, items=[{"id": first.id}], **account))
    done(lists.items.create(made.id, body=[{"ip": "192.0.2.1"}], **account))
    assert len(shown()) == 4
    assert lists.get(made.id, **account).num_items == 4
    assert lists.update(made.id, description="by hand", **account).description == "by hand"
    assert [each.name for each in lists.list(**account)] == ["watched"]
    lists.delete(made.id, **account)
    assert list(lists.list(**account)) == []
