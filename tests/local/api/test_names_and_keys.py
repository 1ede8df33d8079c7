"""One name is one object, whichever way it is reached: dot segments, slashes, percent signs.

`new URL()` takes `a/../b` for `b`, and `%2e%2e` for a step back (issue 9).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import boto3  # type: ignore[import-untyped]
import httpx
import pytest
from botocore.client import Config  # type: ignore[import-untyped]
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.local_cloudflare import LocalCloudflare, local_cloudflare

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

HOST = "keys.chitty.cc"
WORKER = """
export default {
  async fetch(request, { KV, R2 }) {
    const { store, key, value } = await request.json();
    if (store === "kv") {
      if (value !== undefined) await KV.put(key, value);
      return Response.json(await KV.get(key));
    }
    if (value !== undefined) await R2.put(key, value);
    return Response.json(await (await R2.get(key))?.text() ?? null);
  },
};
"""
SEGMENTS = st.sampled_from(
    ["", ".", "..", "...", "%2e", "%2E%2e", "a", "b", "a b", "ü", "?", "#", "+", "%"]
)
NAMES = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join).filter(bool)
DOTS = ["a/../b", "./x", "x/.", "..", ".", "%2e%2e", "a/%2e%2e/b", "../other/k", "/", "//", "a//b"]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloudflare]:
    with local_cloudflare(tmp_path_factory.mktemp("keys") / "cf") as it:
        made = it.result("POST", it.account("/storage/kv/namespaces"), json={"title": "keys"})
        it.result("POST", it.account("/r2/buckets"), json={"name": "keys"})
        bindings = [
            {"type": "kv_namespace", "name": "KV", "namespace_id": made["id"]},
            {"type": "r2_bucket", "name": "R2", "bucket_name": "keys"},
        ]
        it.upload("keys", {"w.mjs": WORKER}, bindings=bindings)
        domain = {"hostname": HOST, "service": "keys"}
        it.result("PUT", it.account("/workers/domains"), json=domain)
        yield it


@pytest.fixture(scope="module")
def kv(cloud) -> str:
    (made,) = cloud.result("GET", cloud.account("/storage/kv/namespaces"))
    return str(cloud.account(f"/storage/kv/namespaces/{made['id']}"))


@pytest.fixture(scope="module")
def s3(cloud) -> Any:
    key, secret = cloud.credentials()
    return boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{cloud.s3_port}",
        region_name="auto",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(signature_version="s3v4", retries={"max_attempts": 0}),
    )


@contextmanager
def as_sent() -> Iterator[httpx.Client]:
    """Make a client whose paths go out as they are: httpx would take steps back itself."""
    with httpx.Client(timeout=60) as client:
        yield client


def raw(url: str, **sent: Any) -> httpx.Request:
    """Make a request to *url* with its path as it is written."""
    request = httpx.Request(url=url, **sent)
    path = "/" + url.split("//", 1)[1].partition("/")[2]
    request.extensions["target"] = path.encode()
    return request


def worker(cloud, store: str, key: str, value: str | None = None) -> Any:
    asked = {"store": store, "key": key, **({} if value is None else {"value": value})}
    answer = cloud.at(HOST, method="POST", json=asked)
    return answer.json() if answer.is_success else None


def api(cloud, method: str, path: str, **sent: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {cloud.token}"}
    with as_sent() as client:
        return client.send(raw(cloud.api_url + path, method=method, headers=headers, **sent))


def whole(key: str) -> str:
    """Encode *key* as one segment, its dots too."""
    return quote(key, safe="").replace(".", "%2E")


def in_segments(key: str) -> str:
    """Encode *key* as S3 does: slashes stay."""
    return quote(key, safe="/-._~")


def dots(test):
    for key in DOTS:
        test = example(key=key)(test)
    return test


@settings(max_examples=15)
@given(key=NAMES)
@dots
def test_a_key_of_r2_is_one_object_by_every_way(cloud, s3, key):
    value, at = f"value of {key}", cloud.account("/r2/buckets/keys/objects")
    s3.put_object(Bucket="keys", Key=key, Body=value.encode())
    url = s3.generate_presigned_url("get_object", {"Bucket": "keys", "Key": key})
    listed = s3.list_objects_v2(Bucket="keys")["Contents"]

    assert [each["Key"] for each in listed] == [key]
    assert worker(cloud, "r2", key) == value
    assert api(cloud, "GET", f"{at}/{whole(key)}").text == value
    assert api(cloud, "GET", f"{at}/{in_segments(key)}").text == value
    with as_sent() as client:
        assert client.send(raw(url, method="GET")).text == value
    assert api(cloud, "PUT", f"{at}/{whole(key)}", content=b"new").is_success
    assert s3.get_object(Bucket="keys", Key=key)["Body"].read() == b"new"
    copied = {"Bucket": "keys", "Key": key}
    s3.copy_object(Bucket="keys", Key=f"{key}-", CopySource=copied)
    assert worker(cloud, "r2", f"{key}-") == "new"
    assert worker(cloud, "r2", key, "by binding") == "by binding"
    s3.delete_object(Bucket="keys", Key=f"{key}-")
    assert api(cloud, "DELETE", f"{at}/{in_segments(key)}").is_success
    assert "Contents" not in s3.list_objects_v2(Bucket="keys")


@settings(max_examples=15)
@given(key=NAMES)
@dots
def test_a_key_of_kv_is_one_value_by_every_way_or_by_none(cloud, kv, key):
    value = f"value of {key}"
    put = api(cloud, "PUT", f"{kv}/values/{whole(key)}", content=value.encode())
    if key in {".", ".."}:
        assert put.status_code == 400
        assert worker(cloud, "kv", key, "x") is None
        assert api(cloud, "PUT", f"{kv}/values/{in_segments(key)}").status_code == 400
        pairs = [{"key": key, "value": "v"}]
        assert api(cloud, "PUT", f"{kv}/bulk", json=pairs).status_code == 400
        return

    listed = cloud.result("GET", f"{kv}/keys")
    assert [each["name"] for each in listed] == [key]
    assert worker(cloud, "kv", key) == value
    assert api(cloud, "GET", f"{kv}/values/{in_segments(key)}").text == value
    got = api(cloud, "POST", f"{kv}/bulk/get", json={"keys": [key]}).json()
    assert got["result"]["values"] == {key: value}
    assert worker(cloud, "kv", key, "by binding") == "by binding"
    assert api(cloud, "GET", f"{kv}/values/{whole(key)}").text == "by binding"
    assert api(cloud, "DELETE", f"{kv}/values/{in_segments(key)}").is_success
    assert cloud.result("GET", f"{kv}/keys") == []


@pytest.mark.parametrize("path", ["values/%ff", "values/a%ed%a0%80", "metadata/%c0%af"])
def test_a_name_that_is_no_utf8_is_none(cloud, kv, path):
    answer = api(cloud, "GET", f"{kv}/{path}")

    assert answer.status_code == 400
    assert "is not percent-encoded UTF-8" in answer.json()["errors"][0]["message"]


def test_an_address_that_a_client_shortened_is_refused_and_names_no_other_object(s3):
    s3.put_object(Bucket="keys", Key="b", Body=b"other")
    url = s3.generate_presigned_url("get_object", {"Bucket": "keys", "Key": "a/../b"})

    answer = httpx.get(url)

    s3.delete_object(Bucket="keys", Key="b")
    assert "/keys/b?" in str(answer.request.url)
    assert answer.status_code == 403
