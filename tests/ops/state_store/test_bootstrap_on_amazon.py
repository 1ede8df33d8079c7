"""What a bucket is asked for on a service that has versions and a block of public access (FW-4).

The answers are written down; the requests are held against the published model of S3.
"""

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.stub import Stubber  # type: ignore[import-untyped]

from ops.commands import state
from ops.errors import OpsError
from ops.state_store import bucket as buckets
from ops.state_store.address import Address
from ops.state_store.bootstrap import bootstrap

NAME = {"Bucket": "states"}
BLOCKED = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


@pytest.fixture
def amazon(monkeypatch):
    """Give what answers for Amazon, and have the store ask it."""
    client = boto3.client(
        "s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    monkeypatch.setattr(buckets, "_client", lambda _: client)
    with Stubber(client) as stub:
        yield stub


def steps():
    """Return the sentences of what is done, as far as the answers lead."""
    return bootstrap(Address("s3://states?region=eu-west-1"))


def test_it_is_made_in_its_region_with_versions_and_nothing_public(amazon):
    region = {"LocationConstraint": "eu-west-1"}
    amazon.add_client_error("head_bucket", "404", http_status_code=404)
    amazon.add_response("create_bucket", {}, {**NAME, "CreateBucketConfiguration": region})
    amazon.add_response("list_objects_v2", {}, {**NAME, "Prefix": "", "Delimiter": "/"})
    enabled = {**NAME, "VersioningConfiguration": {"Status": "Enabled"}}
    amazon.add_response("put_bucket_versioning", {}, enabled)
    blocked = {**NAME, "PublicAccessBlockConfiguration": BLOCKED}
    amazon.add_response("put_public_access_block", {}, blocked)
    found = steps()

    said = [next(found) for _ in range(3)]

    assert said == [
        "made the bucket states",
        "the service keeps the versions of each object",
        "nothing in it can be made public",
    ]
    amazon.assert_no_pending_responses()


@pytest.mark.parametrize(
    "answers",
    [
        [("head_bucket", "403")],
        [("head_bucket", "404"), ("create_bucket", "BucketAlreadyExists")],
    ],
)
def test_a_bucket_of_somebody_else_is_refused(amazon, answers):
    for operation, code in answers:
        amazon.add_client_error(operation, code)

    with pytest.raises(OpsError, match=r"somebody else's, or the key .* may not make and see it"):
        list(steps())


def test_a_key_that_may_not_turn_versions_on_is_said_after_what_was_done(amazon, capsys):
    amazon.add_response("head_bucket", {})
    amazon.add_response("list_objects_v2", {})
    amazon.add_client_error("put_bucket_versioning", "AccessDenied")

    with pytest.raises(OpsError, match=r"may not put_bucket_versioning; run this with one that"):
        state.bootstrap("s3://states?region=eu-west-1")

    assert capsys.readouterr().out == "the bucket states is there\n"
