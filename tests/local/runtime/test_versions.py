"""Several versions of one script at once: shares, keys, overrides, and who calls the script."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from local.records.model import Cloud, Consumer, Preview, Queue, Route, Share, Split, Worker
from local.runtime.versions.kind import KIND as versions  # noqa: N811
from tests.support_runtime import RunningRuntime, eventually, objects, running, script, serving

pytestmark = pytest.mark.workerd

NEW, OLD = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
KEY, OVERRIDES = "Cloudflare-Workers-Version-Key", "Cloudflare-Workers-Version-Overrides"
ASKED = 3000
LEAST, MOST = 210, 390
"""Of 3,000 requests at 10 %: 300, and 5.5 standard deviations to each side."""

SAYS = """import {{ DurableObject, WorkerEntrypoint }} from "cloudflare:workers";
const heard = [];
export class Rpc extends WorkerEntrypoint {{ name() {{ return "{says}"; }} }}
export class Home extends DurableObject {{ fetch() {{ return new Response("home {says}"); }} }}
export default {{
  fetch(request, env) {{
    const {{ pathname }} = new URL(request.url);
    if (pathname === "/meta") return Response.json(env.META ?? null);
    if (pathname === "/home") return env.HOME.getByName("one").fetch(request);
    if (pathname === "/heard") return Response.json(heard);
    if (pathname === "/throw") throw new Error("from {says}");
    if (pathname === "/body") return new Response(request.body);
    const ray = request.headers.get("cf-ray") !== null;
    return Response.json(["{says}", request.url, request.cf?.colo, ray]);
  }},
  queue(batch) {{
    for (const message of batch.messages) {{ heard.push(message.body); message.ack(); }}
  }},
  scheduled({{ cron }}) {{ heard.push(cron); }},
}};"""
CALLER = """export default { async fetch(request, env) {
  const { pathname } = new URL(request.url);
  if (pathname === "/rpc") return new Response(await env.RPC.name());
  if (pathname === "/send") { await env.QUEUE.send("posted"); return new Response(); }
  return env.APP.fetch(request);
} };"""


def version(directory: Path, says: str, **fields: Any) -> Worker:
    return script(directory, SAYS.format(says=says), **fields)


def split(*workers: Worker, percentage: float = 10, **fields: Any) -> Cloud:
    """Split `app` between the last two of *workers*: NEW has *percentage*, OLD the rest."""
    shares = (Share(NEW, f"app@{NEW}", percentage), Share(OLD, "app", 100 - percentage))
    return serving(*workers, splits=(Split("app", shares),), **fields)


def two(directory: Path, **fields: Any) -> tuple[Worker, Worker]:
    new = version(directory, "new", version=NEW, **fields)
    return version(directory, "old", **fields), Worker(**{**vars(new), "name": f"app@{NEW}"})


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("versions"), Cloud()) as found:
        yield found


def says(harness: RunningRuntime, **headers: str) -> str:
    return str(
        harness.get("/", headers={k.replace("_", "-"): v for k, v in headers.items()}).json()[0]
    )


def test_a_share_of_requests_goes_to_the_new_version(harness: RunningRuntime, tmp_path: Path):
    harness.apply(split(*two(tmp_path)))

    counted = Counter(says(harness) for _ in range(ASKED))

    assert LEAST <= counted["new"] <= MOST
    assert counted["new"] + counted["old"] == ASKED


def test_a_request_is_as_it_is_with_one_version(harness: RunningRuntime, tmp_path: Path):
    harness.apply(split(*two(tmp_path), percentage=100))

    assert harness.get("/").json() == ["new", "https://app.example.com/", "LOC", True]
    assert harness.request("POST", "/body", body=b"x" * 100_000).content == b"x" * 100_000
    assert harness.get("/throw").text == "error code: 1101\n"


def test_a_key_stays_with_its_version_and_moves_one_way_only(
    harness: RunningRuntime, tmp_path: Path
):
    keys = [f"user-{number}" for number in range(400)]
    before: set[str] = set()
    for percentage in (10, 20, 50):
        harness.apply(split(*two(tmp_path), percentage=percentage))
        first, second = ({k for k in keys if says(harness, **{KEY: k}) == "new"} for _ in "12")

        assert first == second
        assert before <= first
        assert abs(len(first) - 4 * percentage) <= 30
        before = first


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f'app="{NEW}"', "new"),
        (f'other="{OLD}", app="{NEW}"', "new"),
        (f'app="{OLD}", app="{NEW}"', "new"),  # the last of a name holds (RFC 8941)
        (f'app="{NEW}";note="x", other', "new"),
        (f"app={NEW}", "old"),  # no string
        (f'app="{NEW}",', "old"),  # no dictionary
        (f'app "{NEW}"', "old"),
        (f'App="{NEW}"', "old"),
        ('app="33333333-3333-4333-8333-333333333333"', "old"),  # not in the deployment
        (f'other="{NEW}"', "old"),
    ],
)
def test_a_version_is_asked_for_by_header(
    harness: RunningRuntime, tmp_path: Path, header: str, expected: str
):
    harness.apply(split(*two(tmp_path), percentage=0))

    assert {says(harness, **{OVERRIDES: header, KEY: "any"}) for _ in range(5)} == {expected}


def test_other_workers_queues_and_schedules_reach_a_version_too(
    harness: RunningRuntime, tmp_path: Path
):
    app = {"type": "service", "service": "app"}
    bindings = (
        {"name": "APP", **app},
        {"name": "RPC", "entrypoint": "Rpc", **app},
        {"name": "QUEUE", "type": "queue", "queue_name": "posts"},
    )
    old, new = two(tmp_path)
    old = Worker(**{**vars(old), "crons": ("0 0 1 1 *",)})
    caller = script(tmp_path, CALLER, "caller", bindings=bindings)
    route = Route("caller.example.com", "caller", "domain")
    cloud = split(
        old,
        new,
        caller,
        percentage=100,
        queues=(Queue("posts"),),
        consumers=(Consumer("posts", "app", {"max_wait_time_ms": 0}),),
    )
    harness.apply(Cloud(**{**vars(cloud), "routes": (*cloud.routes, route)}))

    assert harness.get("/rpc", host="caller.example.com").text == "new"
    assert harness.get("/", host="caller.example.com").json()[0] == "new"
    harness.get("/send", host="caller.example.com")
    assert harness.run(harness.runtime.trigger_cron("app", "0 0 1 1 *"))["outcome"] == "ok"
    eventually(lambda: sorted(harness.get("/heard").json()), ["0 0 1 1 *", "posted"])


def test_objects_live_in_one_version(harness: RunningRuntime, tmp_path: Path):
    binding = ({"name": "HOME", "type": "durable_object_namespace", "class_name": "Home"},)
    old, new = two(tmp_path, bindings=binding)
    old = Worker(**{**vars(old), "durable_objects": objects("Home")})
    harness.apply(split(old, new, percentage=50))

    for asked in (NEW, OLD):
        found = harness.get("/home", headers={OVERRIDES: f'app="{asked}"'})
        assert found.text == "home old"


def test_a_version_knows_which_it_is(harness: RunningRuntime, tmp_path: Path):
    told = {"id": NEW, "tag": "v2", "timestamp": "2026-11-29T12:00:00Z"}
    meta = ({"name": "META", "type": "version_metadata", **told},)
    harness.apply(split(*two(tmp_path, bindings=meta), percentage=100))

    assert harness.get("/meta").json() == told


def test_shares_change_without_a_start(harness: RunningRuntime, tmp_path: Path):
    workers = two(tmp_path)
    harness.apply(split(*workers, percentage=0))
    before = harness.runtime.status()["reloads"]

    harness.apply(split(*workers, percentage=100))

    assert says(harness) == "new"
    assert harness.runtime.status()["reloads"] == before


def test_a_preview_host_is_one_version_alone(harness: RunningRuntime, tmp_path: Path):
    previews = (
        Preview("new-app.local.workers.dev", f"app@{NEW}", f"app@{NEW}"),
        Preview("old-app.local.workers.dev", f"app@{OLD}", "app"),
    )
    harness.apply(split(*two(tmp_path), percentage=50, previews=previews))

    for name in ("new", "old"):
        answers = {harness.get("/", host=f"{name}-app.local.workers.dev").json()[0] for _ in "1234"}
        assert answers == {name}


def test_one_version_has_nothing_before_it(harness: RunningRuntime, tmp_path: Path):
    harness.apply(serving(version(tmp_path, "only")))

    assert says(harness) == "only"
    assert versions.services(harness.runtime._cloud, harness.runtime._account) == []
