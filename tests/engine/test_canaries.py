"""Fifty canary secrets in the configuration: none of them shows anywhere it should not."""

import gzip
import json
import re
import sqlite3
from contextlib import closing, suppress

import pytest

from tests.engine.development import edited, pulumi

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

TOKENS = 24
"""As many as fit into one secret; of each, the id and the hash are looked for."""

IDS = [f"canary-token-{number:02}-q7x" for number in range(TOKENS)]
HASHES = [f"{number:02}" + "ca9a51e5" * 7 + "ca9a51" for number in range(TOKENS)]
SINGLE = {
    "R2_ACCESS_KEY_ID": "49" + "ca9a51e5" * 3 + "ca9a51",
    "R2_SECRET_ACCESS_KEY": "50" + "ca9a51e5" * 7 + "ca9a51",
    "ONEPASSWORD_CONNECT_TOKEN": "canary-connect-token-51-q7x",
}
CANARIES = [*IDS, *HASHES, *SINGLE.values()]
CANARY = re.compile(r"canary[\w-]*q7x|\d\d(?:ca9a51e5)+ca9a51")


@pytest.fixture(scope="module")
def said(clone):
    """Set the secrets, deploy, fail once, preview: everything that was printed on the way."""
    entries = [
        {"id": name, "sha256": digest, "scopes": ["sessions:read"], "expires": None}
        for name, digest in zip(IDS, HASHES, strict=True)
    ]
    clone.keep("chittyconnect")
    first = clone.ops("up", "development")
    assert first.code == 0, first.said
    for name, value in {"API_TOKENS": json.dumps(entries), **SINGLE}.items():
        done = pulumi(clone, "config", "set", "--secret", f"chittyconnect:{name}", given=value)
        assert done.code == 0, done.said
    up = clone.ops("up", "development")
    assert up.code == 0, up.said
    assert "updated WorkersScript chittyconnect-worker" in up.out
    with edited(clone, 'throw new Error("boom");'):
        failed = clone.ops("up", "development")
    assert failed.code == 1
    shown = [clone.ops(name, "development").said for name in ("preview", "refresh", "verify")]
    return [up.said, failed.said, *shown, clone.local("logs").said, clone.local("status").said]


def test_there_are_fifty_and_the_search_finds_them():
    assert len(set(CANARIES)) >= 50
    assert sorted(CANARY.findall(" ".join(CANARIES))) == sorted(CANARIES)


def test_they_did_reach_the_worker(clone, said):
    records = clone.root / ".local" / "cloudflare" / "records.db"
    with closing(sqlite3.connect(f"file:{records}?mode=ro", uri=True)) as database:
        stored = "\n".join(database.iterdump())

    assert said
    assert set(CANARIES) <= set(CANARY.findall(stored))


def test_none_in_what_commands_say(said):
    assert not CANARY.findall("\n".join(said))


def test_none_in_the_exported_state_or_the_outputs(clone, said):
    exported = pulumi(clone, "stack", "export", "--stack", "development")
    outputs = pulumi(clone, "stack", "output", "--json", "--stack", "development")

    assert said
    assert exported.code == outputs.code == 0
    assert "ciphertext" in exported.out
    assert not CANARY.findall(exported.out + outputs.out + clone.state())


def test_none_in_a_plan_written_to_a_file(clone, said, tmp_path):
    plan = tmp_path / "plan.json"
    with edited(clone, "globalThis.queueMicrotask;"):
        assert clone.ops("preview", "development", "--out", str(plan)).code == 0

    assert said
    assert "WorkersScript" in plan.read_text()
    assert not CANARY.findall(plan.read_text())


def test_none_in_what_the_api_answers(clone, said):
    script = "/workers/scripts/chittyconnect-development"

    assert said
    answered = json.dumps([clone.api(f"{script}/settings"), clone.api(f"{script}/secrets")])
    assert "R2_SECRET_ACCESS_KEY" in answered
    assert not CANARY.findall(answered)


def opened(clone, log):
    """Read an automatic log of the engine: packed, or encrypted by the secrets of the stack."""
    with suppress(gzip.BadGzipFile):
        return gzip.decompress(log.read_bytes()).decode()
    done = pulumi(clone, "logs", "decrypt", str(log))
    assert done.code == 0, done.said
    return done.out


def test_none_in_the_automatic_logs_of_the_engine_when_they_are_opened(clone, said):
    """The latest only: each `up` sees the same secrets, and a log takes a second to open."""
    logs = sorted((clone.root / ".local" / "home" / "logs").glob("*+development-*.log"))
    assert said
    assert logs
    text = opened(clone, max(logs, key=lambda log: log.stat().st_size))

    assert "chittyconnect" in text
    assert not CANARY.findall(text)


def text_of(path):
    """Read *path* as text, unpacked where the engine packed it."""
    content = path.read_bytes()
    with suppress(OSError, EOFError):  # no archive, or one of an engine that was killed
        content = gzip.decompress(content)
    return content.decode("utf-8", "replace")


def test_none_in_any_file_outside_the_local_cloudflare(clone, said):
    """The cloud itself has to know them; no log, no state, no copy of a configuration has."""
    kept = clone.root / ".local" / "cloudflare"
    places = [path for path in (clone.root / ".local").rglob("*") if path.is_file()]
    outside = [path for path in places if kept not in path.parents]
    logs = list((kept / "log").rglob("*")) if (kept / "log").exists() else []

    assert said
    assert outside
    leaking = [p.name for p in [*outside, *logs] if p.is_file() and CANARY.search(text_of(p))]
    assert not leaking
