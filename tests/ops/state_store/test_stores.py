"""Files of states in a folder and in a bucket; what a bucket refuses ends in a sentence (FW-4)."""

import pytest

from ops.errors import OpsError
from ops.state_store import credentials
from ops.state_store.address import Address
from ops.state_store.store import open_store
from tests.toolchain.tools import executable


def test_what_is_written_is_read_listed_and_deleted(store):
    for key in (".pulumi/stacks/a.json", ".pulumi/stacks/b.json", ".pulumi/meta.yaml"):
        store.write(key, key.encode())
    store.write(".pulumi/stacks/b.json", b"again")

    assert store.read(".pulumi/stacks/b.json") == b"again"
    assert [each.key for each in store.entries(".pulumi/stacks/")] == [
        ".pulumi/stacks/a.json",
        ".pulumi/stacks/b.json",
    ]
    assert [each.key for each in store.entries("", 1)] == [".pulumi/meta.yaml"]
    store.delete(".pulumi/stacks/b.json")
    store.delete(".pulumi/stacks/b.json")
    assert store.read(".pulumi/stacks/b.json") is None
    assert list(store.entries(".pulumi/locks/")) == []


@pytest.mark.workerd
def test_a_prefix_is_a_folder_of_its_own(bucket):
    within = open_store(Address(bucket.url.replace("?", "/own?", 1)))
    within.write("key", b"1")

    assert [each.key for each in within.entries("")] == ["key"]
    assert open_store(bucket).read("own/key") == b"1"


@pytest.mark.workerd
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("AWS_ACCESS_KEY_ID", "x" * 20, "does not know the key of AWS_ACCESS_KEY_ID"),
        ("AWS_SECRET_ACCESS_KEY", "x" * 40, "does not fit AWS_ACCESS_KEY_ID"),
        ("AWS_SECRET_ACCESS_KEY", "", "there are no keys for it; export AWS_ACCESS_KEY_ID and"),
    ],
)
def test_keys_that_are_wrong_are_said(bucket, monkeypatch, variable, value, said):
    monkeypatch.setenv(variable, value)

    with pytest.raises(OpsError) as refused:
        open_store(bucket).read("key")

    assert said in str(refused.value)
    assert not value or value not in str(refused.value)


@pytest.mark.workerd
def test_a_bucket_that_is_not_there_is_said_with_the_command_that_makes_it(bucket):
    other = Address(bucket.url.replace("states-", "other-", 1))

    with pytest.raises(
        OpsError, match=r"no such bucket; make it: python -m ops state bootstrap 's"
    ):
        list(open_store(other).entries(""))


def test_a_service_that_does_not_answer_is_said(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    nobody = open_store(Address("s3://states?endpoint=http://127.0.0.1:9&use_path_style=true"))

    with pytest.raises(OpsError, match="the service does not answer; see the endpoint"):
        nobody.write("key", b"")


def test_a_profile_that_is_not_there_is_said():
    with pytest.raises(OpsError, match="profile 'nobody' is not in the files"):
        open_store(Address("s3://states?region=auto&profile=nobody"))


def test_a_folder_that_is_not_there_is_no_empty_one(tmp_path):
    missing = open_store(Address((tmp_path / "missing").as_uri()))

    with pytest.raises(OpsError, match="there is no such folder; make it"):
        list(missing.entries(""))


def test_keys_may_be_references_that_are_read_by_op(tmp_path, monkeypatch):
    executable(tmp_path, "op", 'test "$3" = op://states/r2/secret && printf %s "of the vault"')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    environ = {"AWS_ACCESS_KEY_ID": "plain", "AWS_SECRET_ACCESS_KEY": "op://states/r2/secret"}

    credentials.follow(environ)

    assert environ == {"AWS_ACCESS_KEY_ID": "plain", "AWS_SECRET_ACCESS_KEY": "of the vault"}
    with pytest.raises(OpsError, match="PULUMI_CONFIG_PASSPHRASE: `op read op://states/r2/no`"):
        credentials.follow({"PULUMI_CONFIG_PASSPHRASE": "op://states/r2/no"})
