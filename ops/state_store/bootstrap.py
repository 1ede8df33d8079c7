"""A bucket for states: made, seen to be nobody else's, private, with versions if there are any."""

import uuid
from collections.abc import Iterator, Mapping

from botocore import exceptions  # type: ignore[import-untyped]

from ops.errors import OpsError
from ops.state_store import layout
from ops.state_store.address import Address
from ops.state_store.bucket import BucketStore

LACKING = frozenset({"NotImplemented", "MethodNotAllowed", "501", "405", "InvalidRequest"})
"""What a service says of a request that it does not know."""

MISSING = frozenset({"404", "NoSuchBucket", "NotFound"})
DENIED = frozenset({"403", "AccessDenied", "Forbidden"})
FOREIGN = DENIED | {"BucketAlreadyExists"}
PROBE = f"{layout.FOLDER}probe-"


def bootstrap(address: Address) -> Iterator[str]:
    """Make the bucket of *address* fit for states; yield a sentence for each thing seen to.

    Run again, it finds everything done. Raises `OpsError` for a bucket of somebody else's, one that
    holds anything but states, and keys that may not do what the engine does.
    """
    store = BucketStore(address)
    yield _made(store)
    _refuse_others(store)
    yield _versioned(store)
    yield _private(store)
    yield _probed(store)


def _made(store: BucketStore) -> str:
    with store.asking():
        try:
            store.client.head_bucket(Bucket=store.bucket)
        except exceptions.ClientError as error:
            code = _code(error)
            if code in FOREIGN:
                raise _taken(store) from None
            if code not in MISSING:
                raise
            _create(store)
            return f"made the bucket {store.bucket}"
    return f"the bucket {store.bucket} is there"


def _create(store: BucketStore) -> None:
    """Create the bucket. Amazon wants the region told, but for its first one; R2 takes none."""
    region = str(store.client.meta.region_name)
    place = {"CreateBucketConfiguration": {"LocationConstraint": region}}
    told = {} if region in {"auto", "us-east-1", "aws-global"} else place
    try:
        store.client.create_bucket(Bucket=store.bucket, **told)
    except exceptions.ClientError as error:
        if _code(error) in FOREIGN:
            raise _taken(store) from None
        if _code(error) in MISSING | LACKING:
            raise OpsError(
                f"{store.address.url}: the service makes no buckets by the S3 protocol; make "
                f"{store.bucket} there by its own ways, then run this again"
            ) from None
        raise


def _taken(store: BucketStore) -> OpsError:
    return OpsError(
        f"{store.address.url}: the bucket is somebody else's, or the key of AWS_ACCESS_KEY_ID "
        f"may not make and see it; give another name, or a key that may"
    )


def _refuse_others(store: BucketStore) -> None:
    """Raise `OpsError` where the bucket holds anything but states: others may write there."""
    own = ""
    for folder in (*filter(None, store.address.prefix.split("/")), layout.FOLDER.strip("/")):
        others = (name for name in store.names(own) if name != f"{own}{folder}/")
        if other := next(others, None):
            raise OpsError(
                f"{store.address.url}: the bucket holds {other!r}, so others write to it; keep "
                f"states in a bucket of their own: give another name"
            )
        own = f"{own}{folder}/"


def _versioned(store: BucketStore) -> str:
    asked = {"Bucket": store.bucket, "VersioningConfiguration": {"Status": "Enabled"}}
    if _ask(store, "put_bucket_versioning", asked):
        return "the service keeps the versions of each object"
    return (
        "the service keeps no versions of objects: what protects a state are the copies that the "
        "engine keeps beside it (python -m ops state versions STACK), and what lies elsewhere: "
        "python -m ops backup STACK"
    )


def _private(store: BucketStore) -> str:
    kinds = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    asked = {
        "Bucket": store.bucket,
        "PublicAccessBlockConfiguration": dict.fromkeys(kinds, True),
    }
    if _ask(store, "put_public_access_block", asked):
        return "nothing in it can be made public"
    return "it is private as long as nobody gives it a public address in the dashboard"


def _probed(store: BucketStore) -> str:
    """Write, read, list and delete as the engine does, so that a key that may not is found now."""
    key, content = f"{PROBE}{uuid.uuid4()}", b"states are kept here"
    store.write(key, content)
    try:
        if store.read(key) != content or not list(store.entries(key)):
            raise OpsError(f"{store.address.url}: the service does not give back what it was given")
    finally:
        store.delete(key)
    return "the keys of the environment read, write, list and delete there"


def _ask(store: BucketStore, operation: str, asked: Mapping[str, object]) -> bool:
    """Return whether the service has *operation* and did it."""
    with store.asking():
        try:
            getattr(store.client, operation)(**asked)
        except exceptions.ClientError as error:
            if _code(error) in LACKING:
                return False
            if _code(error) in DENIED:
                raise OpsError(
                    f"{store.address.url}: the key of AWS_ACCESS_KEY_ID may not {operation}; run "
                    f"this with one that may, for once: the engine does without"
                ) from None
            raise
    return True


def _code(error: exceptions.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
