"""Addresses of backends: what is one, and what is refused without being repeated (FW-4)."""

import json
from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest

from ops.errors import OpsError
from ops.state_store.address import Address, current, parse, required

HIDDEN = "hidden-word-77"
RANDOM = urlsafe_b64encode(sha256(b"states").digest()).decode().rstrip("=")
"""What looks like a credential, and is none."""

R2 = "s3://states?endpoint=https://abc.r2.cloudflarestorage.com&region=auto&s3ForcePathStyle=true"


@pytest.mark.parametrize(
    "url",
    [
        R2,
        "s3://states/chittyos?region=eu-west-1&profile=states",
        "file:///var/states?metadata=skip",
        "file:///dev/shm/platform-vmaz6lik/all/worker-0/test_a_copy_that_differs_is_sa0/a",
        "file://~",
        "gs://states",
        "azblob://states?storage_account=here",
        "https://api.pulumi.com/chitty",
        "http://127.0.0.1:8792",
        "s3://states?endpoint=http://127.0.0.1:4402&use_path_style=true",
    ],
)
def test_an_address_of_each_kind_is_taken(url):
    assert parse(url).url == url


WRONG = {
    f"s3://someone:{HIDDEN}@bucket": "without a credential in it (not shown)",
    f"s3://states?secret={HIDDEN}": "parameter 'secret' is not known for s3://; allowed: awssdk,",
    f"https://api.pulumi.com?token={HIDDEN}": "parameter 'token' is not known for https://",
    "http://example.com": "'http://example.com' would send states in the clear; give https://",
    f"http://127.0.0.1:8792?token={HIDDEN}": "parameter 'token' is not known for http://",
    "ftp://host": "'ftp://host' is no address of a backend; it begins with file://, s3://,",
    "s3://": "is no address of a backend",
    "s3://Big_Bucket": "'Big_Bucket' is no name of a bucket",
    "s3://states?endpoint=http://example.com": "would send states in the clear; give https://",
    f"s3://states?endpoint=https://example.com?key={HIDDEN}": "no plain https:// address",
    f"s3://states?region=auto#{HIDDEN}": "without a credential",
    "s3://states?endpoint=http://127.0.0.1:4402": "add &s3ForcePathStyle=true",
    "s3://states?endpoint=example.com&disableSSL=true": "in the clear; give https://, without dis",
    "s3://states?endpoint=https://example.com&disable_https=1": "would send states in the clear",
    f"s3://[{HIDDEN}": "is no address of a backend (not shown)",
    f"s3://states?endpoint=https://[{HIDDEN}": "is no address of a backend (not shown)",
    f"file:///var/{RANDOM}/states": "looks like a credential (not shown)",
    "states": "is no address of a backend",
}


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_address_is_refused_and_no_credential_is_repeated(url):
    with pytest.raises(OpsError) as refused:
        parse(url, "PULUMI_BACKEND_URL")

    assert WRONG[url] in str(refused.value)
    assert str(refused.value).startswith("PULUMI_BACKEND_URL: ")
    assert HIDDEN not in str(refused.value)


SAME = [
    (R2, "s3://states?region=auto&endpoint=abc.r2.cloudflarestorage.com&use_path_style=true"),
    ("s3://states/own/?region=auto", "s3://states/own?region=eu-west-1&profile=states"),
    ("file:///var/states", "file:///var/../var/states/?metadata=skip"),
    ("https://api.pulumi.com", "https://api.pulumi.com/"),
    ("https://api.pulumi.com", "https://app.pulumi.com/chitty"),
    ("gs://states", "gs://states?access_id=-"),
    ("http://127.0.0.1:8792", "http://127.0.0.1:8792/somebody"),
]
OTHERS = [
    (R2, R2.replace("abc", "abd")),
    ("s3://states/own?region=auto", "s3://states?region=auto"),
    ("file:///var/states", "file:///var/state"),
    ("https://api.pulumi.com", "https://pulumi.example.com"),
]


def test_a_place_is_known_however_its_address_is_written():
    assert all(parse(one).place == parse(other).place for one, other in SAME)
    assert not any(parse(one).place == parse(other).place for one, other in OTHERS)


def test_the_environment_goes_before_the_project_and_that_before_the_login(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials.json").write_text(json.dumps({"current": "file://~"}))
    project = tmp_path / "Pulumi.yaml"
    project.write_text("name: chittyos\nruntime: python\n")
    environ = {"PULUMI_HOME": str(home)}

    assert current(tmp_path, {"PULUMI_HOME": str(tmp_path)}) is None
    assert current(tmp_path, environ) == Address("file://~", "pulumi login")
    project.write_text(f"name: chittyos\nruntime: python\nbackend:\n  url: {R2}\n")
    assert current(tmp_path, environ) == Address(R2, "Pulumi.yaml: backend.url")
    environ["PULUMI_BACKEND_URL"] = "s3://other"
    assert current(tmp_path, environ) == Address("s3://other", "PULUMI_BACKEND_URL")


def test_what_is_set_nowhere_is_said_with_an_example(tmp_path, monkeypatch):
    (tmp_path / "Pulumi.yaml").write_text("name: chittyos\nruntime: python\n")
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path))
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    monkeypatch.delenv("PULUMI_ACCESS_TOKEN", raising=False)

    with pytest.raises(OpsError, match="export PULUMI_BACKEND_URL=URL, for example s3://"):
        required(tmp_path)
