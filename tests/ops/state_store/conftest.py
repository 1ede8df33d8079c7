"""Places of states: a folder, and a bucket of an S3 server."""

import itertools

import pytest

from ops.state_store.address import Address
from ops.state_store.store import open_store

_numbers = itertools.count()


@pytest.fixture
def bucket(s3_service, monkeypatch):
    """Give the address of an empty bucket, with its keys in the environment."""
    key, secret = s3_service.keys
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    name = f"states-{next(_numbers)}"
    s3_service.make(name)
    endpoint = f"endpoint={s3_service.endpoint}&region=auto&s3ForcePathStyle=true"
    return Address(f"s3://{name}?{endpoint}")


@pytest.fixture
def folder(tmp_path):
    """Give the address of an empty folder."""
    path = tmp_path / "a folder"
    path.mkdir()
    return Address(path.as_uri())


@pytest.fixture(params=["folder", pytest.param("bucket", marks=pytest.mark.workerd)])
def store(request):
    """Give each kind of store, empty."""
    return open_store(request.getfixturevalue(request.param))
