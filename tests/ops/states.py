"""What tests of states share: an S3 server, and a stack that a real engine has deployed.

`CHITTYOS_TEST_S3=http://127.0.0.1:PORT` has another S3 server in its place, its keys in `AWS_…`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import pulumi
from pulumi.automation import ConfigValue

from harness.local_cloudflare import local_cloudflare
from tests.engine.engine import Engine, pulumi_binary

OTHER = "CHITTYOS_TEST_S3"
STACK = "staging"
SECRETS = ("a secret of the state", "a secret of the file")


@dataclass(frozen=True)
class Service:
    """An S3 server."""

    endpoint: str
    keys: tuple[str, str]
    make: Callable[[str], object]
    """Makes the bucket of a name."""


@contextmanager
def s3_service(folder: Path) -> Iterator[Service]:
    """Have an S3 server: that of a local Cloudflare in *folder*."""
    if other := os.environ.get(OTHER):
        pair = (os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
        client = boto3.client("s3", endpoint_url=other, region_name="us-east-1")
        yield Service(other, pair, lambda name: client.create_bucket(Bucket=name))
        return
    with local_cloudflare(folder) as cloud:
        path = cloud.account("/r2/buckets")
        endpoint = f"http://127.0.0.1:{cloud.s3_port}"
        key, secret = cloud.credentials()
        yield Service(
            endpoint, (key, secret), lambda name: cloud.result("POST", path, json={"name": name})
        )


def deploy(folder: Path) -> Engine:
    """Deploy a stack with two secrets, its state in a folder that the project's file names."""
    binary = pulumi_binary()
    assert binary, "there is no Pulumi engine; run make setup"
    engine = Engine(binary, folder, "", "", project="chittyos")
    made = engine.stack(gives(42), STACK)
    made.automation.set_config("chittyos:token", ConfigValue(SECRETS[1], secret=True))
    made.up()
    return engine


def gives(value: int) -> Callable[[], None]:
    """Return a program whose stack has one output, *value*, and a secret one."""

    def program() -> None:
        pulumi.export("answer", value)
        pulumi.export("secret", pulumi.Output.secret(SECRETS[0]))

    return program
