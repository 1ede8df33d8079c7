"""What `make up` runs, on the real engine and the real runtime: up, verify, change, take away.

The tests of this file follow one stack through its life, in their order.
"""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from harness.clone import make_clone
from ops.health import probes
from ops.preview.comment import read_plan, render
from tests.engine.development import edited

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

PATIENCE = 60.0
SECURITY = ("development", "security")
CONNECT_TOKEN = ".local/cloudflare/1password-connect/tokens/chittyconnect"
SECRETS = re.compile(r"chitty_[\w-]{40,}")


@pytest.fixture(scope="module")
def tracked(clone):
    return clone.tracked()


@pytest.fixture(scope="module")
def first_up(clone, tracked):
    assert tracked
    return clone.ops("up", "development")


def test_the_first_up_says_what_ran_and_creates_every_resource(clone, first_up):
    assert first_up.code == 0, first_up.said
    assert re.search(r"^engine: Pulumi 3\.\d+\.\d+, ", first_up.out, re.MULTILINE)
    assert re.search(r"^plugin: cloudflare 6\.\d+\.\d+, the ", first_up.out, re.MULTILINE)
    assert "  created WorkersScript chittyconnect-worker\n" in first_up.out
    real = [it for it in clone.resources() if it.get("id") and "providers" not in it["type"]]
    assert f"{len(real)} created" in first_up.out


@pytest.mark.usefixtures("first_up")
def test_a_second_up_says_no_changes(clone):
    again = clone.ops("up", "development")

    assert again.code == 0, again.said
    assert again.out.splitlines()[-1] == "no changes"


@pytest.mark.usefixtures("first_up")
def test_the_deployed_stack_passes_its_audit(clone):
    audited = clone.ops("audit", "development")

    assert audited.code == 0, audited.said
    assert "could not decrypt" not in audited.said


@pytest.mark.usefixtures("first_up")
def test_verify_shows_what_answered_and_where(clone):
    done = clone.ops("verify", "development")

    assert done.code == 0, done.said
    address = f"http://connect-development.chitty.cc.localhost:{clone.port + 1}/health"
    row = next(line for line in done.out.splitlines() if line.startswith("chittyconnect "))
    assert address in row
    assert re.search(r"200 .*healthy", row)
    assert re.search(r"^errors +(no data|0 %) +< 0.1", done.out, re.MULTILINE)
    assert re.search(r"^chittyconnect +first read +an item of services", done.out, re.MULTILINE)
    assert "broken:" not in done.out


@pytest.mark.usefixtures("first_up")
def test_the_live_page_shows_what_the_map_of_the_state_shows(clone):
    """FW-6: the page reads the records of the account, the map the state of the stack."""
    status = clone.local("status").out
    (printed,) = re.findall(r"^live page +(\S+)$", status, re.MULTILINE)
    address, _, link = printed.partition("#")
    made = httpx.post(f"{address}/session", json={"link": link}).json()["result"]
    headers = {"Authorization": f"Bearer {made['session']}"}
    shown = httpx.get(f"{address}/overview", headers=headers, timeout=30).json()["result"]
    done = clone.ops("map", "development", "--deployed", "--format", "json", "--out", ".local/map")
    assert done.code == 0, done.said
    drawn = json.loads((clone.root / ".local/map/development.json").read_text())

    assert {each["title"] for each in shown["systems"]} == {
        each["title"] for each in drawn["systems"]
    }
    assert ways(shown["hosts"], "application") == ways(drawn["ways"], "access_application")
    assert shown["cost"][0]["dollars"]


def ways(listed, guard):
    """Return hosts as they are compared; of workers.dev the map does not know the account."""
    return {
        (
            each["kind"],
            each["host"],
            each["path"],
            each["leads_to"],
            *each["who"],
            each[guard] or "",
        )
        for each in listed
        if each["kind"] not in ("workers.dev", "preview")
    }


@pytest.mark.usefixtures("first_up")
def test_a_connect_token_is_tried_by_the_service_token_that_up_hands_over(clone):
    """OP-3, OP-5: host and reader are one stack here, and nobody has set that token."""
    done = clone.ops("rotate", "development", "chittyconnect.connect-token", piped="n0-such-t0ken")

    assert done.code == 1
    assert "Connect token is not taken" in done.err


@pytest.mark.usefixtures("first_up")
def test_dashboards_show_what_was_asked_and_refused(clone, tmp_path):
    """PA-12, PA-17: of the requests of `verify`, read from the datasets of the running stack."""
    deadline = time.monotonic() + PATIENCE
    while "/api/sessions/statistics" not in (shown := clone.ops("dashboard", *SECURITY)).out:
        assert shown.code == 0, shown.said
        assert time.monotonic() < deadline
    reached = clone.ops("kpis", "development")
    written = clone.ops("dashboard", *SECURITY, "--grafana", str(tmp_path))
    wrong = clone.ops("dashboard", "development", "safety")

    row = r"^failed authentications /api/sessions/statistics +\d+ an hour"
    assert re.search(row, shown.out, re.MULTILINE)
    assert re.search(r"^availability +100 %", reached.out, re.MULTILINE), reached.said
    assert re.search(r"^use GET /health +\d+ requests", reached.out, re.MULTILINE)
    assert written.code == 0, written.said
    assert wrong.code == 1
    assert "project_awareness.security" in wrong.err


@pytest.mark.usefixtures("first_up")
def test_the_map_of_what_is_deployed_is_the_one_that_was_planned(clone, tmp_path):
    """The state has every list of bindings encrypted, and still says where they lead."""
    shown = {}
    for name, options in {"planned": (), "deployed": ("--deployed",)}.items():
        out = tmp_path / name
        done = clone.ops("map", "development", *options, "--out", str(out), "--format", "json")
        assert done.code == 0, done.said
        assert done.out.startswith(f"development, {name}: ")
        shown[name] = json.loads((out / "development.json").read_text())

    assert shown["deployed"].pop("shows") == "deployed"
    assert shown["planned"].pop("shows") == "planned"
    assert shown["deployed"] == shown["planned"]


@pytest.mark.usefixtures("first_up")
def test_verify_fails_when_an_address_does_not_answer(clone):
    nobody = {"system": "s", "url": "https://nobody.chitty.cc", "check": "/health"}

    (answer,) = probes.ask_all([nobody], edge_port=clone.port + 1, patience=0.2)

    assert not answer.ok
    assert not answer.said.startswith("200")


def _until_limited(ask: Callable[[], int]) -> Iterator[int]:
    """Give statuses until the limit answers; how many it takes depends on what was asked before."""
    for _ in range(3_000):
        status = ask()
        yield status
        if status == httpx.codes.TOO_MANY_REQUESTS:
            return


@pytest.mark.usefixtures("first_up")
def test_the_edge_stops_probes_and_what_goes_beyond_a_limit(clone):
    """FW-5, PA-8, PA-9: rules of both systems act in development as they will in production."""
    edge = f"http://127.0.0.1:{clone.port + 1}"
    connect, ids = ({"Host": f"{name}-development.chitty.cc"} for name in ("connect", "id"))

    with httpx.Client(base_url=edge) as client:
        stopped = client.get("/index.php", headers=connect)
        assert (stopped.status_code, stopped.text) == (403, "error code: 1020\n")
        assert stopped.headers["x-content-type-options"] == "nosniff"
        assert client.get("/health", headers=connect).status_code == 200
        asked = [*_until_limited(lambda: client.post("/v1/mint", headers=ids).status_code)]
        assert (set(asked[:-1]), asked[-1]) == ({401}, 429)
        assert client.get("/health", headers=ids).status_code == 200


@pytest.mark.usefixtures("first_up")
def test_a_credential_comes_through_the_host_of_1password_connect(clone):
    """CC-11, OP-3 to OP-5: after one `make up`, without anything else that has to be started."""
    token = (clone.root / ".local" / "development-token").read_text().strip()
    headers = {"Host": "connect-development.chitty.cc", "Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{clone.port + 1}/api/v1/credentials/provision"
    path = "services/chittyid/service_token"
    wanted = {"service": "chittyid", "credentialPath": path, "purpose": "a test"}

    with httpx.Client(headers=headers) as client:
        given = client.post(url, json=wanted)
        refused = client.post(url, json={**wanted, "credentialPath": "emergency/a/b"})

    assert (given.status_code, given.json()["source"]) == (200, "onepassword_connect")
    assert len(given.json()["value"]) == 32
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "vault_not_allowed")
    again = clone.ops("start").out
    if "before a look-alike of Connect, as processes" in again:
        log = (clone.root / ".local/cloudflare/log/onepassword-connect.log").read_text()
        assert "/items/" in log
    else:
        assert "a look-alike of Connect alone, for there is no nginx here" in again
    anybody = {"Host": "1password-connect-development.chitty.cc"}
    health = f"http://127.0.0.1:{clone.port + 1}/v1/health"
    assert httpx.get(health, headers=anybody).status_code == 401


@pytest.mark.usefixtures("first_up")
def test_refresh_finds_nothing_to_mend(clone):
    done = clone.ops("refresh", "development")

    assert done.code == 0, done.said
    assert done.out.splitlines()[-1] == "no changes"


@pytest.mark.usefixtures("first_up")
def test_plain_pulumi_previews_the_same_nothing(clone):
    """With the official engine only: a built one has no language host for `__main__.py`."""
    exports = clone.ops("env", "development")
    assert exports.code == 0, exports.said
    script = f"{exports.out}\npulumi stack output --json"

    done = subprocess.run(
        ["/bin/sh", "-euc", script], cwd=clone.root, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["environment"] == "development"


@pytest.mark.usefixtures("first_up")
def test_no_secret_stands_in_state_or_tracked_files(clone):
    token = (clone.root / ".local" / "development-token").read_text().strip()
    keys = json.loads((clone.root / ".local" / "cloudflare" / "r2-credentials.json").read_text())
    connect = (clone.root / CONNECT_TOKEN).read_text()
    passphrase = (clone.root / ".local" / "passphrase").read_text()
    secrets = [token, keys["secret_access_key"], connect, passphrase]

    places = [clone.state(), (clone.root / ".local/stacks/Pulumi.development.yaml").read_text()]
    places += [path.read_text() for path in clone.root.glob("Pulumi.*.yaml")]

    assert SECRETS.fullmatch(token)
    for secret in secrets:
        assert not any(secret in place for place in places)


@pytest.mark.usefixtures("first_up")
def test_only_the_worker_changes_when_only_the_worker_is_edited(clone, tmp_path):
    entry = clone.root / "systems/chittyconnect/workers/connect/index.ts"
    text = entry.read_text()
    try:
        entry.write_text(text + "\nglobalThis.setTimeout;\n")
        planned = clone.ops("preview", "development", "--out", str(tmp_path / "plan.json"))
        done = clone.ops("up", "development")
    finally:
        entry.write_text(text)

    assert planned.out.splitlines()[-1] == "1 to update"
    (step,) = json.loads((tmp_path / "plan.json").read_text())["steps"]
    assert step["op"] == "update"
    assert step["urn"].endswith("::chittyconnect-worker")
    changed = [line for line in done.out.splitlines() if line.startswith("  ")]
    shown, done_line = "  update WorkersScript chittyconnect-worker: ", changed[-1]
    assert [line.startswith(shown) for line in changed] == [True, False]
    assert done_line == "  updated WorkersScript chittyconnect-worker"
    assert done.out.splitlines()[-1] == "1 updated"


@pytest.mark.usefixtures("first_up")
def test_a_pull_request_is_previewed_against_its_base_and_commented(clone, tmp_path):
    """What `preview.yml` and `comment.yml` do: the state of the base, the code of the head."""
    head = make_clone(tmp_path / "head", clone.port)
    subprocess.run(["cp", "-R", clone.root / ".local", head.root / ".local"], check=True)
    plan = tmp_path / "plan.json"
    with edited(head, "globalThis.queueMicrotask;"):
        done = head.ops("preview", "development", "--out", str(plan))

    assert done.code == 0, done.said
    comment = render(read_plan(plan))
    assert "**1 to update.**" in comment
    assert "| update | `WorkersScript` `chittyconnect-worker` |" in comment


@pytest.mark.usefixtures("first_up")
def test_a_token_is_shown_once_and_works_after_the_next_up(clone):
    of = ("--system", "chittyconnect")
    given = ("--id", "ci", "--scopes", "sessions:read", *of)
    issued = clone.ops("token", "issue", "development", *given)
    listed = clone.ops("token", "list", "development", *of)
    revoked = clone.ops("token", "revoke", "development", "ci", *of)

    value = issued.out.strip()
    assert SECRETS.fullmatch(value), issued.said
    assert re.search(r"^ci +sessions:read +everybody +never", listed.out, re.MULTILINE)
    assert value not in listed.said + revoked.said
    assert "ci" not in clone.ops("token", "list", "development", *of).out.split()


@pytest.mark.usefixtures("first_up")
def test_a_rehearsal_of_staging_shows_the_whole_stack_and_leaves_nothing(clone, tmp_path):
    before = clone.state()

    plan = tmp_path / "plan.json"
    done = clone.ops("preview", "staging", "--local", "--out", str(plan))

    assert done.code == 0, done.said
    assert re.search(r"^\d+ to create$", done.out, re.MULTILINE)
    scripts = {it["id"] for it in clone.api("/workers/scripts")}
    assert scripts == {
        "chittyconnect-development",
        "chittyid-development",
        "chittyops-project-awareness-development",
        "chittyops-project-awareness-watch-development",
        "superinstance-billing-development",
        "superinstance-router-development",
        "superinstance-session-state-development",
        "superinstance-sync-development",
    }
    assert clone.state() == before
    assert clone.state("staging") == ""
    buckets = [
        step["newState"]
        for step in json.loads(plan.read_text())["steps"]
        if step["urn"].endswith("::chittyconnect-documents") and step["newState"]["custom"]
    ]
    assert [bucket["protect"] for bucket in buckets] == [True]


def test_no_command_touched_a_tracked_file(clone, first_up, tracked):
    assert first_up.code == 0
    assert clone.tracked() == tracked


WAYS_BACK = {
    "durable-objects": {"ENABLE_DURABLE_OBJECTS": "false", "DO_ROLLOUT_PERCENTAGE": "0.00"},
    "documents": {"ENABLE_R2_STORAGE": "false"},
    "credentials": {"ONEPASSWORD_CONNECT_URL": ""},
}


@pytest.mark.parametrize(("what", "expected"), WAYS_BACK.items(), ids=WAYS_BACK)
def test_a_rollback_is_one_command_that_says_what_it_cannot_restore(
    clone, first_up, what, expected
):
    """CC-B1, CC-B2, CC-B3."""
    assert first_up.code == 0
    file = clone.configuration()
    text = file.read_text()
    try:
        done = clone.ops("rollback", "development", f"chittyconnect.{what}", "--yes")
        settings = clone.api("/workers/scripts/chittyconnect-development/settings")
        comments = [line for line in file.read_text().splitlines() if "#" in line]
    finally:
        file.write_text(text)

    assert done.code == 0, done.said
    assert re.search(r"^Restores: \S.*\nCannot: \S", done.out)
    variables = {it["name"]: it.get("text") for it in settings["bindings"]}
    assert expected.items() <= variables.items()
    assert comments == [line for line in text.splitlines() if "#" in line]


def test_destroy_leaves_no_record(clone, first_up):
    assert first_up.code == 0
    done = clone.ops("destroy", "development", "--yes")

    assert done.code == 0, done.said
    assert clone.resources() == []
    for path in ("/workers/scripts", "/storage/kv/namespaces", "/d1/database", "/queues"):
        assert clone.api(path) == []
    assert clone.api("/r2/buckets")["buckets"] == []
