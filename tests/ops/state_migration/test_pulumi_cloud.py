"""What the engine is asked for where Pulumi Cloud is one of the two; none answers here (FW-4)."""

import json
from dataclasses import replace

import pytest

from ops.errors import OpsError
from ops.state_migration import checks, migration, migration_resume, source_deletion
from ops.state_migration.move import Move
from ops.state_migration.stack_location import Place
from ops.state_store.address import Address
from tests.toolchain.tools import executable

CLOUD = "https://api.pulumi.com"
STACK = "staging"
STATE = {"deployment": {"resources": [{"urn": "urn:pulumi:staging::chittyos::a"}]}}
SCRIPT = """
echo "$PULUMI_BACKEND_URL $*" >> "{calls}"
state="{root}/$(echo "$PULUMI_BACKEND_URL" | tr -c '[:alnum:]\\n' _)"
case "$5" in
export)
    cat "$state" 2>/dev/null || {{ echo "error: no stack named 'staging' found" >&2; exit 255; }}
    ;;
migrate) cp "{root}/{source}" "$state" ;;
*) echo '{{}}' ;;
esac
"""


@pytest.fixture
def move(tmp_path):
    """Give the move of a stack from a folder to Pulumi Cloud, by an engine that notes its calls."""
    source = Address((tmp_path / "states").as_uri())
    (tmp_path / "states").mkdir()
    named = "".join(c if c.isalnum() else "_" for c in source.url)
    (tmp_path / named).write_text(json.dumps(STATE))
    script = SCRIPT.format(calls=tmp_path / "calls", root=tmp_path, source=named)
    engine = executable(tmp_path / "bin", "pulumi", script)
    (tmp_path / "Pulumi.yaml").write_text("name: chittyos\nruntime: python\n")
    (tmp_path / "Pulumi.staging.yaml").write_text("config:\n  chittyos:environment: staging\n")
    here, there = (Place(each, STACK, tmp_path, engine) for each in (source, Address(CLOUD)))
    return Move(here, there, tmp_path / "Pulumi.staging.yaml", tmp_path / "noted.json")


def calls(of):
    """Return what the engine was asked for, without what every call has."""
    lines = (of.source.root / "calls").read_text().splitlines()
    return [line.replace("--non-interactive --color never ", "") for line in lines]


def test_the_engine_copies_to_the_cloud_and_the_cloud_encrypts(move):
    provider = checks.provider_of(move.file.read_text(), move.target, None)

    list(migration.move(move, provider))

    copies = [line for line in calls(move) if " stack migrate " in line]
    source = move.source.address.url
    assert provider == "default"
    assert copies == [f"{CLOUD} stack migrate {source} {STACK} --secrets-provider default --yes"]
    assert not move.noted.exists()


def test_half_a_copy_in_the_cloud_is_left_to_its_owner(move):
    migration_resume.begin(move, "default")
    move.target.take_over(move.source.address, "default")

    with pytest.raises(OpsError, match=f"PULUMI_BACKEND_URL='{CLOUD}' pulumi stack rm --force"):
        list(migration.move(move, "default"))

    assert not [line for line in calls(move) if " stack rm " in line]


def test_from_the_cloud_to_elsewhere_a_passphrase_is_wanted(move, monkeypatch):
    for name in checks.SOURCES:
        monkeypatch.delenv(name, raising=False)
    text = move.file.read_text()

    with pytest.raises(OpsError, match="export PULUMI_CONFIG_PASSPHRASE"):
        checks.provider_of(text, move.source, None)
    assert checks.provider_of(text, move.source, "awskms://alias/states") == "awskms://alias/states"
    assert checks.provider_of("secretsprovider: gcpkms://k\n", move.source, None) == "gcpkms://k"


def test_nothing_keeps_others_out_of_the_cloud_and_that_is_said(move):
    away = Move(move.target, move.source, move.file, move.noted)

    assert (
        migration._locked(away) == "; nothing keeps others from it: have nobody deploy from there"
    )
    migration_resume.begin(away, "passphrase")
    assert migration_resume.end(replace(away, source=away.target)) is None  # it was not compared


def test_what_the_cloud_has_more_than_the_new_state_keeps_it(move):
    list(migration.move(move, "default"))
    source_deletion.check(move.target, move.source)
    (kept,) = move.target.root.glob("https___*")
    more = [*STATE["deployment"]["resources"], {"urn": "urn:pulumi:staging::chittyos::b"}]
    kept.write_text(json.dumps({"deployment": {"resources": more}}))

    with pytest.raises(OpsError, match="has 1 resources of staging that the new state has not"):
        source_deletion.check(move.target, move.source)
