"""What the look-alike of 1Password Connect keeps, and how it is while 1Password is away (OP-7)."""

import subprocess
import sys

import httpx
import pytest
import yaml
from onepasswordconnectsdk.client import new_client
from onepasswordconnectsdk.errors import FailedToRetrieveItemException

from harness.look_alikes import PROJECT, onepassword_connect
from lookalikes.onepassword_connect.seed import SeedError, read_seed

SEED = {
    "vaults": [{"name": "services", "items": [{"title": "a", "fields": [{"label": "token"}]}]}],
    "tokens": [{"name": "one", "vaults": ["services"], "write": True}],
}


@pytest.fixture
def seed(tmp_path):
    file = tmp_path / "seed.yaml"
    file.write_text(yaml.safe_dump(SEED))
    return file


def status_of_sync(connect):
    told = httpx.get(f"{connect.url}/health")
    found = {each["service"]: each["status"] for each in told.json()["dependencies"]}
    assert (told.status_code, found["sqlite"]) == (200, "ACTIVE")
    return found["sync"]


def values_of(connect):
    client = new_client(connect.url, connect.token("one"))
    return [field.value for field in client.get_item("a", "services").fields]


def test_it_is_well_only_once_a_token_has_come(tmp_path, seed):
    """`/health` answers 200 whatever its state is, and `/heartbeat` knows none."""
    with onepassword_connect(tmp_path / "data", seed) as connect:
        assert httpx.get(f"{connect.url}/heartbeat").text == "."
        assert status_of_sync(connect) == "TOKEN_NEEDED"
        httpx.get(f"{connect.url}/v1/vaults", headers={"authorization": "Bearer wrong"})
        assert status_of_sync(connect) == "TOKEN_NEEDED"
        values_of(connect)
        assert status_of_sync(connect) == "ACTIVE"


def test_without_1password_it_serves_what_it_has_and_changes_nothing(tmp_path, seed):
    with onepassword_connect(tmp_path / "data", seed) as connect:
        connect.control("PUT", "/upstream", away=True)
        empty = httpx.get(
            f"{connect.url}/v1/vaults", headers={"authorization": f"Bearer {connect.token('one')}"}
        )
        assert (empty.status_code, status_of_sync(connect)) == (503, "NOT_SYNCED")
        connect.control("PUT", "/upstream", away=False)
        before = values_of(connect)

        connect.control("PUT", "/upstream", away=True)
        assert (values_of(connect), status_of_sync(connect)) == (before, "NOT_SYNCED")
        client = new_client(connect.url, connect.token("one"))
        item = client.get_item("a", "services")
        with pytest.raises(FailedToRetrieveItemException, match="503"):
            client.delete_item(item.id, item.vault.id)


def test_a_restart_keeps_values_and_tokens_and_takes_up_what_the_seed_has_new(tmp_path, seed):
    data = tmp_path / "data"
    with onepassword_connect(data, seed) as connect:
        before, token = values_of(connect), connect.token("one")
    item = {"title": "a", "fields": [{"label": "token"}, {"label": "second"}]}
    vaults = [{"name": "services", "items": [item]}, {"name": "more"}]
    seed.write_text(yaml.safe_dump({**SEED, "vaults": vaults}))
    with onepassword_connect(data, seed) as connect:
        assert connect.token("one") == token
        assert values_of(connect)[:1] == before
        assert len(values_of(connect)) == 2


def test_nobody_else_reads_what_it_keeps_and_no_token_stands_in_its_state(tmp_path, seed):
    data = tmp_path / "data"
    with onepassword_connect(data, seed) as connect:
        value = connect.token("one")

    kept = [each for each in data.rglob("*") if each.is_file()]
    assert {each.stat().st_mode & 0o777 for each in kept} == {0o600}
    assert value not in (data / "state.json").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("vaults: [{name: a, items: [{title: t, fields: [{label: l, value: v}]}]}]", "generated"),
        ("vaults: [{nme: a}]", "vaults.0.name: Field required"),
        ("tokens: [{name: t, vaults: [b]}]", "token t: there is no vault b"),
        ("vaults: [", "is no YAML"),
    ],
)
def test_a_seed_that_is_wrong_is_refused_in_one_sentence(tmp_path, text, said):
    seed = tmp_path / "seed.yaml"
    seed.write_text(text)
    with pytest.raises(SeedError) as refused:
        read_seed(seed)

    assert str(refused.value).startswith(f"{seed}: ")
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_damaged_state_is_refused_with_what_to_do(tmp_path, seed):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "state.json").write_text("{")

    ran = started(tmp_path / "data", seed)

    assert ran.returncode == 1
    assert ran.stderr.startswith(f"error: {tmp_path / 'data' / 'state.json'}: ")
    assert "delete its folder, and start again" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def started(data, seed):
    command = [sys.executable, "-m", "lookalikes.onepassword_connect", f"--data={data}"]
    command.append(f"--seed={seed}")
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
