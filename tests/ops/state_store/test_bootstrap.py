"""A bucket is made fit for states, or refused (FW-4)."""

import shlex

import pytest

from harness.clone import ROOT
from ops.commands import state
from ops.errors import OpsError
from ops.state_store.address import Address, parse
from ops.state_store.bootstrap import bootstrap
from ops.state_store.store import open_store

pytestmark = pytest.mark.workerd


def test_a_bucket_is_seen_to_and_left_empty_and_that_again(bucket):
    first, second = list(bootstrap(bucket)), list(bootstrap(bucket))

    assert first == second
    assert first[0] == f"the bucket {bucket.host} is there"
    assert "the service keeps no versions of objects" in first[1]  # as R2
    assert "read, write, list and delete" in first[-1]
    assert list(open_store(bucket).entries("")) == []


def test_the_runbook_finds_what_a_key_may(bucket, capsys):
    """FW-9: its command, for a bucket that there is."""
    text = (ROOT / "docs" / "runbooks.md").read_text()
    _, _, section = text.partition("\n## The state cannot be reached\n")
    _, _, block = section.partition("```sh\n")
    program, option, room, *command, url = shlex.split(block.partition("\n")[0])
    assert (program, option, room, command) == ("python", "-m", "ops", ["state", "bootstrap"])
    assert parse(url).scheme == "s3"

    state.bootstrap(bucket.url)

    said = capsys.readouterr().out
    assert "the keys of the environment read, write, list and delete there" in said
    assert f"next: python -m ops init STACK --backend '{bucket.url}'" in said


def test_a_bucket_that_others_use_is_refused_and_nothing_is_written(bucket):
    store = open_store(bucket)
    store.write("photos/1.jpg", b"1")

    with pytest.raises(OpsError, match=r"holds 'photos/', so others write to it"):
        list(bootstrap(bucket))

    assert [each.key for each in store.entries("")] == ["photos/1.jpg"]


def test_a_folder_in_a_bucket_that_others_use_is_refused_as_well(bucket):
    store = open_store(bucket)
    own = Address(bucket.url.replace("?", "/states?", 1))
    for key in ("states/readme.txt", "photos/1.jpg"):
        store.write(key, b"1")
        with pytest.raises(OpsError, match="others write to it"):
            list(bootstrap(own))
        store.delete(key)
    open_store(own).write(".pulumi/meta.yaml", b"version: 1\n")

    assert len(list(bootstrap(own))) == 4


def test_a_bucket_with_states_is_fit(bucket):
    open_store(bucket).write(".pulumi/meta.yaml", b"version: 1\n")

    assert len(list(bootstrap(bucket))) == 4


def test_a_service_that_makes_no_buckets_is_told_of(bucket):
    other = Address(bucket.url.replace("states-", "other-", 1))

    with pytest.raises(OpsError, match="makes no buckets by the S3 protocol; make other-"):
        list(bootstrap(other))
