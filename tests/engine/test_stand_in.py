"""The stand-in plugin under the real engine."""

import json

import pulumi
import pytest

from components.sdk import cloudflare
from tests.engine.engine import Engine, EngineFailure
from tests.provider.cloudflare.fake_api import TOKEN, FakeApi

pytestmark = pytest.mark.engine

ACCOUNT = "0" * 32
CANARY = "s3cr3t-canary"
QUEUES = f"/accounts/{ACCOUNT}/queues"
SCRIPTS = f"/accounts/{ACCOUNT}/workers/scripts"


def queue(name: str = "events", **options: object) -> cloudflare.Queue:
    opts = pulumi.ResourceOptions(**options)  # type: ignore[arg-type]
    return cloudflare.Queue("events", account_id=ACCOUNT, queue_name=name, opts=opts)


def worker(text: str = CANARY) -> cloudflare.WorkersScript:
    return cloudflare.WorkersScript(
        "worker",
        account_id=ACCOUNT,
        script_name="worker",
        main_module="worker.mjs",
        content="export default {}",
        compatibility_date="2026-11-01",
        bindings=[{"name": "SECRET", "type": "secret_text", "text": text}],
    )


def test_it_talks_to_loopback_only(fake_engine: Engine, fake: FakeApi):
    elsewhere = {"cloudflare:baseUrl": "https://api.cloudflare.com/client/v4"}

    with pytest.raises(EngineFailure, match="talks to a local Cloudflare only"):
        fake_engine.stack(queue, config=elsewhere).up()
    assert fake.log == []


def test_a_type_it_lacks_is_refused_by_name_before_anything_is_made(
    fake_engine: Engine, fake: FakeApi
):
    def program() -> None:
        cloudflare.ZoneHold("hold", zone_id="1" * 32)

    with pytest.raises(EngineFailure, match=r"not supported by the stand-in plugin: .*ZoneHold"):
        fake_engine.stack(program).up()
    assert fake.log == []


def test_a_wrong_input_is_refused_by_its_path(fake_engine: Engine):
    def program() -> None:
        cloudflare.Queue(
            "events", account_id=ACCOUNT, queue_name="events", settings={"delivery_delay": "soon"}
        )  # type: ignore[call-overload]

    with pytest.raises(EngineFailure, match=r"settings\.deliveryDelay.* must be a number"):
        fake_engine.stack(program).preview()


def test_a_preview_sends_nothing_and_leaves_ids_unknown(fake_engine: Engine, fake: FakeApi):
    seen: list[object] = []

    def program() -> None:
        pulumi.export("name", queue().queue_name)
        queue_id = cloudflare.Queue("b", account_id=ACCOUNT, queue_name="b").queue_id
        queue_id.apply(seen.append)

    fake_engine.stack(program).preview()

    assert seen == []
    assert fake.log == []


def test_a_secret_is_nowhere_in_clear(fake_engine: Engine, fake: FakeApi):
    stack = fake_engine.stack(worker)
    previewed = stack.preview(diff=True)
    stack.up()
    fake.answers["PUT", f"{SCRIPTS}/worker"] = [
        (400, [{"code": 10021, "message": f"SyntaxError near {CANARY}-2"}])
    ]

    with pytest.raises(EngineFailure, match=r"SyntaxError near \[secret\]") as failed:
        stack.becomes(lambda: worker(f"{CANARY}-2")).up()

    said = previewed.text + failed.value.outcome.text
    assert CANARY not in said
    assert CANARY not in json.dumps(stack.export())
    assert TOKEN not in said


def test_a_failed_create_leaves_nothing_in_the_state(fake_engine: Engine, fake: FakeApi):
    stack = fake_engine.stack(queue)
    fake.answers["POST", QUEUES] = [(400, [{"code": 11009, "message": "name is taken"}])]

    with pytest.raises(EngineFailure, match=r"POST .*/queues answered 400: name is taken"):
        stack.up()

    assert stack.resources() == {}
    assert stack.up().changes == {"events": "create"}


def test_an_api_that_is_down_is_not_an_empty_account(fake_engine: Engine, fake: FakeApi):
    stack = fake_engine.stack(queue)
    stack.up()
    fake.stop()

    with pytest.raises(EngineFailure, match=r"nothing answers at .*; run make start"):
        stack.refresh()

    assert list(stack.resources()) == ["events"]


def test_a_change_by_hand_shows_and_is_put_right(fake_engine: Engine, fake: FakeApi):
    stack = fake_engine.stack(queue)
    stack.up()
    (path,) = (path for path in fake.objects if "/queues/" in path)
    fake.objects[path]["queue_name"] = "by hand"

    refreshed = stack.refresh()
    put_right = stack.up()

    assert refreshed.changes == {"events": "update"}
    assert refreshed.changed["events"] == ["queueName"]
    assert put_right.changes == {"events": "update"}
    assert fake.objects[path]["queue_name"] == "events"


def test_what_was_deleted_by_hand_is_made_again(fake_engine: Engine, fake: FakeApi):
    stack = fake_engine.stack(queue)
    stack.up()
    fake.objects.clear()

    assert stack.refresh().changes == {"events": "delete"}
    assert stack.up().changes == {"events": "create"}


def test_a_name_that_must_be_free_is_freed_first(fake_engine: Engine, fake: FakeApi):
    def bucket(location: str) -> None:
        cloudflare.R2Bucket("docs", account_id=ACCOUNT, name="docs", location=location)

    stack = fake_engine.stack(lambda: bucket("weur"))
    stack.up()
    fake.log.clear()

    moved = stack.becomes(lambda: bucket("enam")).up()

    assert moved.changes == {"docs": "replace"}
    assert [it["method"] for it in fake.log] == ["DELETE", "POST"]


def test_ignored_changes_are_ignored(fake_engine: Engine):
    stack = fake_engine.stack(queue)
    stack.up()

    renamed = stack.becomes(lambda: queue("other", ignore_changes=["queueName"])).preview()

    assert renamed.changes == {}


def test_what_is_there_is_imported(fake_engine: Engine, fake: FakeApi):
    fake.objects[f"{QUEUES}/q1"] = {"queue_id": "q1", "queue_name": "events"}

    stack = fake_engine.stack(lambda: queue(import_=f"{ACCOUNT}/q1"))
    imported = stack.up()
    stack.becomes(queue)

    assert imported.changes == {"events": "import"}
    assert stack.resources()["events"]["id"] == "q1"
    assert stack.preview().changes == {}
    assert not fake.requests("POST")


def test_what_has_no_delete_is_said_to_stay(fake_engine: Engine):
    def program() -> None:
        cloudflare.WorkersCronTrigger(
            "cron", account_id=ACCOUNT, script_name="worker", schedules=[{"cron": "0 0 * * *"}]
        )

    stack = fake_engine.stack(program)
    stack.up()

    assert "WorkersCronTrigger is only forgotten" in stack.becomes(lambda: None).up().text


def test_functions_answer_the_program(fake_engine: Engine, fake: FakeApi):
    fake.objects[f"{SCRIPTS}/api"] = {"id": "api", "migration_tag": "v3"}

    def program() -> None:
        scripts = cloudflare.get_workers_scripts_output(account_id=ACCOUNT)
        pulumi.export("tag", scripts.results.apply(lambda found: found[0].migration_tag))

    stack = fake_engine.stack(program)
    stack.up()

    assert stack.outputs() == {"tag": "v3"}
