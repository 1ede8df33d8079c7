"""States in a bucket: S3, R2, or any server of that protocol, by the keys of the environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore import exceptions  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from ops.errors import OpsError
from ops.state_store.address import Address
from ops.state_store.store import Entry

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 10, 60, 4
MISSING = frozenset({"NoSuchKey", "404", "NotFound"})
KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"

SAID = {
    "NoSuchBucket": "there is no such bucket; make it: python -m ops state bootstrap '{url}'",
    "AccessDenied": "the key of AWS_ACCESS_KEY_ID may not do that in this bucket; give it reading, "
    "writing, listing and deleting of objects there",
    "InvalidAccessKeyId": "the service does not know the key of AWS_ACCESS_KEY_ID; see that it is "
    "one of this account and not revoked",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY does not fit AWS_ACCESS_KEY_ID; export both of "
    "the same key",
    "ExpiredToken": "the keys of the environment have expired; get new ones, then run this again",
    "RequestTimeTooSkewed": "the clock of this machine is wrong, so the service refuses its "
    "signature; set it",
    "PermanentRedirect": "the bucket is in another region; set region= in the address",
}
"""Code of an answer → what it means, and what to do."""

SAID |= {
    "403": SAID["AccessDenied"],
    "Forbidden": SAID["AccessDenied"],
    "Unauthorized": SAID["InvalidAccessKeyId"],
    "TokenRefreshRequired": SAID["ExpiredToken"],
    "301": SAID["PermanentRedirect"],
    "AuthorizationHeaderMalformed": SAID["PermanentRedirect"],
}


class BucketStore:
    """See `Store`."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.bucket = address.host
        self._prefix = f"{address.prefix}/" if address.prefix else ""
        with self.asking():
            self.client = _client(address)

    def entries(self, prefix: str, most: int | None = None) -> Iterator[Entry]:
        """Yield what begins with *prefix*."""
        asked = {"Bucket": self.bucket, "Prefix": self._prefix + prefix}
        limits = {"MaxItems": most, "PageSize": most} if most else {}
        with self.asking():
            paginator = self.client.get_paginator("list_objects_v2")
            pages = paginator.paginate(**asked, PaginationConfig=limits)
            found = (each for page in pages for each in page.get("Contents", []))
            for each in found:
                yield Entry(each["Key"].removeprefix(self._prefix), each["Size"])

    def names(self, folder: str) -> Iterator[str]:
        """Yield what lies in *folder* of the whole bucket: keys, and folders with their `/`."""
        asked = {"Bucket": self.bucket, "Prefix": folder, "Delimiter": "/"}
        with self.asking():
            for page in self.client.get_paginator("list_objects_v2").paginate(**asked):
                yield from (each["Key"] for each in page.get("Contents", []))
                yield from (each["Prefix"] for each in page.get("CommonPrefixes", []))

    def read(self, key: str) -> bytes | None:
        """Return what the object holds."""
        try:
            with self.asking():
                got = self.client.get_object(Bucket=self.bucket, Key=self._prefix + key)
                return bytes(got["Body"].read())
        except _MissingError:
            return None

    def write(self, key: str, content: bytes) -> None:
        """Put *content* as the object."""
        with self.asking():
            self.client.put_object(Bucket=self.bucket, Key=self._prefix + key, Body=content)

    def delete(self, key: str) -> None:
        """Delete the object."""
        with self.asking():
            self.client.delete_object(Bucket=self.bucket, Key=self._prefix + key)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Raise `OpsError` with a sentence for what the service, or boto3, refuses."""
        try:
            yield
        except exceptions.ClientError as error:
            raise self._refused(error) from None
        except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError):
            raise self._failed(f"there are no keys for it; export {KEYS}") from None
        except exceptions.ProfileNotFound:
            profile = self.address.parameter("profile")
            raise self._failed(f"profile {profile!r} is not in the files of AWS keys") from None
        except (exceptions.HTTPClientError, exceptions.ConnectionError):
            raise self._failed(
                "the service does not answer; see the endpoint in the address, and the network"
            ) from None
        except exceptions.BotoCoreError as error:
            raise self._failed(f"{type(error).__name__}; see the address and the keys") from None

    def _refused(self, error: Any) -> OpsError:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in MISSING:
            return _MissingError(f"{self.address.url}: {code}")
        said = SAID.get(code, f"the service refuses it ({code}); see the address and the keys")
        return self._failed(said.format(url=self.address.url))

    def _failed(self, said: str) -> OpsError:
        return OpsError(f"{self.address.url}: {said}")


class _MissingError(OpsError):
    """There is no such object."""


def _client(address: Address) -> Any:
    """Return a client for *address* that asks as the engine does, so that what it finds holds."""
    endpoint = address.parameter("endpoint")
    if endpoint and "://" not in endpoint:
        endpoint = f"{'http' if address.is_plain else 'https'}://{endpoint}"
    region = address.parameter("region") or os.environ.get("AWS_REGION")
    session = boto3.Session(profile_name=address.parameter("profile") or None)
    return session.client(
        "s3",
        endpoint_url=endpoint or None,
        region_name=region or ("auto" if endpoint else None),
        config=Config(
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "max_attempts": ATTEMPTS},
            s3={"addressing_style": "path" if address.by_path else "virtual"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
