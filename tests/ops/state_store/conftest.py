"""Places of states: a folder, and a bucket of a local Cloudflare by its S3 endpoint.

`CHITTYOS_TEST_S3=http://127.0.0.1:PORT` has another S3 server in its place, its keys in `AWS_…`.
"""

import itertools
import os

import boto3  # type: ignore[import-untyped]
import pytest

from harness.local_cloudflare import local_cloudflare
from ops.state_store.address import Address
from ops.state_store.store import open_store

OTHER = "CHITTYOS_TEST_S3"
_numbers = itertools.count()


@pytest.fixture(scope="package")
def service(tmp_path_factory):
    """Give one S3 server for all of these tests: its address, its keys, what makes a bucket."""
    if other := os.environ.get(OTHER):
        pair = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
        client = boto3.client("s3", endpoint_url=other, region_name="us-east-1")
        yield other, pair, lambda name: client.create_bucket(Bucket=name)
        return
    with local_cloudflare(tmp_path_factory.mktemp("states") / "cf") as cloud:
        path = cloud.account("/r2/buckets")
        endpoint = f"http://127.0.0.1:{cloud.s3_port}"
        yield (
            endpoint,
            cloud.credentials(),
            lambda name: cloud.result("POST", path, json={"name": name}),
        )


@pytest.fixture
def bucket(service, monkeypatch):
    """Give the address of an empty bucket, with its keys in the environment."""
    endpoint, (key, secret), make = service
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    name = f"states-{next(_numbers)}"
    make(name)
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
