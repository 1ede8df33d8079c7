"""A bucket is made fit for states, or refused (FW-4)."""

import pytest

from ops.errors import OpsError
from ops.state_store.address import Address
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


def test_a_bucket_that_others_use_is_refused_and_nothing_is_written(bucket):
    store = open_store(bucket)
    store.write("photos/1.jpg", b"1")

    with pytest.raises(OpsError, match=r"holds 'photos/1\.jpg', so others write to it"):
        list(bootstrap(bucket))

    assert [each.key for each in store.entries("")] == ["photos/1.jpg"]


def test_a_folder_in_a_bucket_that_others_use_is_refused_as_well(bucket):
    open_store(bucket).write("photos/1.jpg", b"1")

    with pytest.raises(OpsError, match="others write to it"):
        list(bootstrap(Address(bucket.url.replace("?", "/own?", 1))))


def test_a_bucket_with_states_is_fit(bucket):
    open_store(bucket).write(".pulumi/meta.yaml", b"version: 1\n")

    assert len(list(bootstrap(bucket))) == 4


def test_a_service_that_makes_no_buckets_is_told_of(bucket):
    other = Address(bucket.url.replace("states-", "other-", 1))

    with pytest.raises(OpsError, match="makes no buckets by the S3 protocol; make other-"):
        list(bootstrap(other))
