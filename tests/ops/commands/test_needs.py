"""What a command is said to need is all that it is given here (CC-15, FW-10).

That is the file of the stack without a secret, a token that reads, and the state.
"""

import json
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from common.errors import SentenceError
from docs.command_reference import _commands
from harness.clone import ROOT
from ops.commands.app import app
from ops.commands.needs import FILES, NOTHING, OF
from ops.paths import Paths
from ops.stack import target as targets
from ops.stack.decrypted_secrets import PASSPHRASES
from systems.preconditions import TOKEN
from tests.config.examples import SECRETS, good

TOKEN_THAT_READS = "reads"
PROVIDERS = {"secrets_providers": {"type": "passphrase", "state": {"salt": "v1:x:v1:y:z"}}}
PREFIX = "urn:pulumi:staging::chittyos::"
SEALED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""What the engine writes around a value that it has encrypted."""

RESOURCES = [
    {
        "urn": f"{PREFIX}pulumi:pulumi:Stack::chittyos-staging",
        "type": "pulumi:pulumi:Stack",
        "outputs": {"addresses": []},
    },
    {
        "urn": f"{PREFIX}cloudflare:index/workersScript:WorkersScript::api",
        "type": "cloudflare:index/workersScript:WorkersScript",
        "custom": True,
        "id": "api",
        "inputs": {"scriptName": "api-staging", "bindings": {**SEALED, "ciphertext": "v1:a:b"}},
        "outputs": {"scriptName": "api-staging"},
    },
]
QUERIES = ("/telemetry/query", "/analytics_engine/sql", "/graphql")
"""Ends of the paths at which Cloudflare is asked by POST, and nothing is changed."""

COUNTED = (
    *("kvOperationsAdaptiveGroups", "d1AnalyticsAdaptiveGroups", "workersInvocationsAdaptive"),
    *("durableObjectsInvocationsAdaptiveGroups", "durableObjectsPeriodicGroups"),
    *("durableObjectsSqlStorageGroups", "r2OperationsAdaptiveGroups", "r2StorageAdaptiveGroups"),
)
USED: dict[str, object] = {"viewer": {"accounts": [{name: [] for name in COUNTED}]}}


def answer(path: str) -> object:
    """Return what the API answers at *path*, where nothing was ever used and nothing went wrong."""
    if path.endswith("/telemetry/query"):
        return {"success": True, "result": {"events": {"events": []}}}
    if path.endswith("/analytics_engine/sql"):
        return {"meta": [], "data": [], "rows": 0}
    if path.endswith("/graphql"):
        return {"data": USED, "errors": None}
    if path.endswith("/tokens/verify"):
        return {"success": True, "result": {"id": "t1", "status": "active"}}
    return {"success": True, "result": [], "result_info": {"count": 0, "total_count": 0}}


@contextmanager
def cloudflare() -> Iterator[tuple[str, list[str]]]:
    """Give an API that takes one token, and what it was asked that could have changed anything."""
    changes: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _do(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path = self.path.partition("?")[0]
            if self.command != "GET" and not path.endswith(QUERIES):
                changes.append(f"{self.command} {path}")
            allowed = self.headers["Authorization"] == f"Bearer {TOKEN_THAT_READS}"
            self.send_response(200 if allowed else 403)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answer(path) if allowed else {"success": False}).encode())

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/client/v4", changes
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def runner_of_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give what runs a command in a clone that has no secret, and says what it changed."""
    root = tmp_path / "clone"
    (root / ".local").mkdir(parents=True)
    for name in (".local/engine", "toolchain", "policies"):
        (root / name).symlink_to(ROOT / name)
    for name in ("Pulumi.yaml", "drift.yaml"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, root / name)
    for stack in ("staging", "production"):
        config = {key: value for key, value in good(stack).items() if key not in SECRETS}
        (root / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": config}))
    states = tmp_path / "states"
    kept = states / ".pulumi" / "stacks" / "chittyos" / "staging.json"
    kept.parent.mkdir(parents=True)
    latest = {"manifest": {}, "resources": RESOURCES, **PROVIDERS}
    kept.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "x", "latest": latest}}))
    before = kept.read_bytes()
    for name in [*PASSPHRASES, *(each for each in os.environ if each.startswith("AWS_"))]:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PULUMI_BACKEND_URL", states.as_uri())
    monkeypatch.setenv(TOKEN, TOKEN_THAT_READS)
    monkeypatch.setattr(Paths.__init__, "__defaults__", (root, None))
    with cloudflare() as (api, changes):
        monkeypatch.setattr(targets, "DEFAULT_API", api)

        def run(*words: str) -> tuple[int, str, list[str]]:
            found = CliRunner().invoke(app, words)
            error = found.exception
            if error and not isinstance(error, (SystemExit, SentenceError)):
                raise error
            assert kept.read_bytes() == before, "the state is as it was"
            return found.exit_code, f"{found.output}{error or ''}", changes

        yield run


def test_every_command_says_what_it_needs():
    commands = {name.removeprefix("python -m ops ") for name, _ in _commands() if " ops " in name}

    assert set(OF) == commands


READERS = {
    "adopt": ("adopt staging", "nothing that staging declares is in the account already"),
    "archive": ("archive staging --to kept --hours 2", "hours written, 0 events"),
    "check daily": ("check daily staging", "daily check of staging: good"),
    "check weekly": ("check weekly staging", "weekly check of staging: good"),
    "cost": ("cost staging", "prices in US dollars"),
    "dashboard": ("dashboard staging", "no data"),
    "errors": ("errors staging", "workers: 1; kinds of errors in 24 hours: 0"),
    "kpis": ("kpis staging", "no data"),
    "map": ("map staging", "staging"),
    "releases": ("releases staging", "nothing was deployed of staging yet"),
    "stacks": ("stacks staging", "staging"),
    "state versions": ("state versions staging", "no earlier state"),
    "token-policy": ("token-policy staging", "Workers Scripts"),
    "usage": ("usage staging", "KV"),
}
"""Command → its words, and what it says in the end."""

ELSEWHERE = {
    *("audit", "check monthly", "doctor", "env", "keys list"),
    *("comment", "ecosystem", "hardcoded-ids"),
}
"""Commands that need more than this clone has, or are of no stack: their own tests run them."""


@pytest.mark.engine
@pytest.mark.parametrize(("words", "said"), READERS.values(), ids=READERS)
def test_a_command_that_only_reads_needs_nothing_but_the_token_that_reads(
    runner_of_ci, tmp_path, monkeypatch, words, said
):
    monkeypatch.chdir(tmp_path)
    ended, told, changes = runner_of_ci(*words.split())

    assert (ended, changes) == (0, []), told
    assert said in " ".join(told.split()), told


def test_each_command_that_is_said_to_need_no_secret_is_run_without_one():
    quiet = {NOTHING, FILES}
    wanted = {n for n, needs in OF.items() if not needs.passphrase and needs.changes in quiet}

    assert wanted - ELSEWHERE <= set(READERS)
    assert not any(OF[name].passphrase for name in READERS)
