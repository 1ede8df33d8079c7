"""A worker by versions under the engine, from first to last (FW-2, CC-2, CC-13)."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from components.durable_object import DurableObject
from components.upload import prepare
from components.worker import Worker
from components.worker_args import Attachments, Host, Versions, WorkerArgs
from harness.local_cloudflare import LocalCloudflare
from planning.durable_objects import Step, seal
from tests.engine.engine import Engine

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(400)]

HOST = "router.chitty.cc"
ASKED, LEAST, MOST = 600, 20, 105
"""Of 600 requests at 10 %: 60, and 5.5 standard deviations to each side."""

FIRST = Step("v1", "", new_sqlite_classes=("Counter",))
FIRST = Step("v1", seal(FIRST, ""), FIRST.new_sqlite_classes)
SECOND = Step("v2", "", renamed_classes=(("Counter", "Tally"),))
SECOND = Step("v2", seal(SECOND, FIRST.digest), (), SECOND.renamed_classes)
COUNTING = """import {{ DurableObject }} from "cloudflare:workers";
export class {name} extends DurableObject {{
  async fetch() {{
    const count = ((await this.ctx.storage.get("count")) ?? 0) + 1;
    await this.ctx.storage.put("count", count);
    return new Response(`{name} ${{count}}`);
  }}
}}
export default {{ fetch: (request, env) => env.COUNTER.getByName("one").fetch(request) }};"""


class Program:
    """A program with one worker; what it says and is can be changed between runs."""

    def __init__(self, cloud: LocalCloudflare, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        self.given: dict[str, Any] = {"versions": Versions()}
        self.bindings: dict[str, Any] = {}
        self.crons: tuple[str, ...] = ("0 0 1 1 *",)

    def says(self, text: str) -> None:
        code = f'export default {{ fetch: () => new Response("{text}"), scheduled() {{}} }};'
        (self.folder / "worker.ts").write_text(code)

    def __call__(self) -> None:
        host = Host(name=HOST, zone_id=self.cloud.zone_id)
        args = WorkerArgs(
            script="router",
            entry="worker.ts",
            compatibility_date="2026-11-01",
            attachments=Attachments(hosts=(host,), crons=self.crons),
            retain=False,
            **self.given,
        )
        classes = [each.class_name for each in self.bindings.values()]
        account = self.cloud.account_id
        upload = prepare(account, args, root=self.folder, classes=classes)
        Worker("router", upload, account_id=account, bindings=self.bindings)

    def deployed(self) -> list[dict[str, Any]]:
        path = self.cloud.account("/workers/scripts/router/deployments")
        return list(self.cloud.result("GET", path)["deployments"][0]["versions"])

    def schedules(self) -> list[str]:
        path = self.cloud.account("/workers/scripts/router/schedules")
        return [each["cron"] for each in self.cloud.result("GET", path)["schedules"]]

    def answers(self, count: int = 20) -> Counter[str]:
        return Counter(self.cloud.at(HOST).text for _ in range(count))


@pytest.fixture
def program(cloud: LocalCloudflare, tmp_path: Path) -> Program:
    return Program(cloud, tmp_path)


def test_a_version_goes_from_a_tenth_to_all_and_back(engine: Engine, program: Program):
    """Incident 7: a cron that came with a version was never registered; here it is, at a tenth."""
    program.says("one")
    stack = engine.stack(program)

    assert set(stack.up().changes.values()) == {"create"}
    assert program.answers() == {"one": 20}
    assert stack.preview().changes == {}
    (first,) = program.deployed()

    program.says("two")
    program.given["versions"] = Versions(percentage=10, stable=first["version_id"])
    program.crons = ("0 0 1 1 *", "*/5 * * * *")
    canary = stack.up()
    changed = {"router-version": "replace", "router-deployment": "replace"}
    assert canary.changes == {**changed, "router-cron": "update"}
    assert program.schedules() == ["0 0 1 1 *", "*/5 * * * *"]
    assert "only forgotten" not in canary.text
    counted = program.answers(ASKED)
    assert LEAST <= counted["two"] <= MOST
    assert counted["one"] + counted["two"] == ASKED
    new, _ = program.deployed()
    assert program.cloud.at(HOST, headers=asking(new)).text == "two"

    program.given["versions"] = Versions(percentage=100, stable=first["version_id"])
    assert stack.up().changes == {"router-deployment": "replace"}
    assert program.answers() == {"two": 20}

    program.given["versions"] = Versions(percentage=0, stable=first["version_id"])
    assert stack.up().changes == {"router-deployment": "replace"}
    assert program.answers() == {"one": 20}

    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}
    assert stack.preview(expect_no_changes=True).changes == {}
    assert program.schedules() == ["0 0 1 1 *", "*/5 * * * *"]

    stack.destroy()
    for path in ("/workers/workers", "/workers/scripts", "/workers/domains"):
        assert program.cloud.result("GET", program.cloud.account(path)) == []


def asking(share: dict[str, Any]) -> dict[str, str]:
    return {"Cloudflare-Workers-Version-Overrides": f'router="{share["version_id"]}"'}


def test_declared_objects_keep_what_they_hold(engine: Engine, program: Program):
    program.given = {"lifecycle": "exports", "history": (FIRST,)}
    program.bindings = {"COUNTER": DurableObject("Counter")}
    (program.folder / "worker.ts").write_text(COUNTING.format(name="Counter"))
    stack = engine.stack(program)

    stack.up()
    assert program.cloud.at(HOST).text == "Counter 1"
    assert stack.preview().changes == {}

    program.given["history"] = (FIRST, SECOND)
    program.bindings = {"COUNTER": DurableObject("Tally")}
    (program.folder / "worker.ts").write_text(COUNTING.format(name="Tally"))
    assert stack.up().changes == {"router-version": "replace"}
    assert program.cloud.at(HOST).text == "Tally 2"
    told = stack.resources()["router-version"]["outputs"]["exportsReconciliation"]
    assert told["renameds"] == [{"from": "Counter", "to": "Tally"}]

    assert stack.preview().changes == {}
    assert stack.refresh().changes == {}
    assert stack.preview(expect_no_changes=True).changes == {}
    stack.destroy()
    assert program.cloud.result("GET", program.cloud.account("/workers/workers")) == []


def test_a_script_of_one_model_is_not_taken_by_the_other(engine: Engine, program: Program):
    program.says("script")
    program.given = {}
    stack = engine.stack(program)
    stack.up()

    program.given = {"versions": Versions()}
    with pytest.raises(Exception, match="already exists"):
        stack.up()
    assert program.answers() == {"script": 20}
