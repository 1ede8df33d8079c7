"""Places of states: a folder, and a bucket of a local Cloudflare by its S3 endpoint."""

import itertools

import pytest

from harness.local_cloudflare import local_cloudflare
from ops.state_store.address import Address
from ops.state_store.store import open_store

_numbers = itertools.count()


@pytest.fixture(scope="package")
def cloud(tmp_path_factory):
    """Give one local Cloudflare for all of these tests."""
    with local_cloudflare(tmp_path_factory.mktemp("states") / "cf") as running:
        yield running


@pytest.fixture
def bucket(cloud, monkeypatch):
    """Give the address of an empty bucket, with its keys in the environment."""
    key, secret = cloud.credentials()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    name = f"states-{next(_numbers)}"
    cloud.result("POST", cloud.account("/r2/buckets"), json={"name": name})
    endpoint = f"http://127.0.0.1:{cloud.s3_port}"
    return Address(f"s3://{name}?endpoint={endpoint}&region=auto&s3ForcePathStyle=true")


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
