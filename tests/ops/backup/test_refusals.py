"""What R2 refuses ends in a sentence, whichever way boto3 says it (FW-4)."""

import json

import boto3  # type: ignore[import-untyped]
import pytest
from boto3.exceptions import S3UploadFailedError  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import ClientError  # type: ignore[import-untyped]
from botocore.stub import Stubber  # type: ignore[import-untyped]

from ops.backup.backup_folder import Folder
from ops.backup.r2 import R2Copier
from ops.backup.stores import Store
from ops.errors import OpsError

BUCKET = Store("r2", "docs", "live-docs", "live-docs")
LISTED = "list_objects_v2"


@pytest.fixture
def refusing():
    """Give what stands for answers of S3, and its client."""
    client = boto3.client(
        "s3",
        region_name="auto",
        aws_access_key_id="canary",
        aws_secret_access_key="canary",
        config=Config(request_checksum_calculation="when_required"),
    )
    with Stubber(client) as stubbed:
        yield stubbed


def silent(_):
    pass


def test_a_list_that_is_refused_is_said_when_all_is_copied_and_when_all_is_deleted(
    refusing, tmp_path
):
    copier = R2Copier(lambda _: refusing.client, Folder(tmp_path))
    for act in (
        lambda: copier.save(BUCKET, tmp_path / "docs.jsonl", silent),
        lambda: copier.clear(BUCKET, silent),
    ):
        refusing.add_client_error(LISTED, "AccessDenied", "the token may not list")
        with pytest.raises(OpsError, match=r"refuses ListObjectsV2 \(AccessDenied: the token may"):
            act()


def test_an_upload_that_is_refused_is_said(refusing, tmp_path, monkeypatch):
    denied = {"Error": {"Code": "AccessDenied", "Message": "the token may not write"}}

    def refuse(*_, **__):
        error = ClientError(denied, "PutObject")
        raise S3UploadFailedError(f"Failed to upload a to live-docs/a: {error}") from error

    monkeypatch.setattr(refusing.client, "upload_file", refuse)
    folder = Folder(tmp_path)
    (tmp_path / "object").write_bytes(b"v")
    line = {"key": "a", "bytes": 1, "file": folder.described(tmp_path / "object").model_dump()}
    (tmp_path / "docs.jsonl").write_text(json.dumps(line))
    copier = R2Copier(lambda _: refusing.client, folder)

    with pytest.raises(OpsError, match=r"R2 refuses .*AccessDenied.*may not write"):
        list(copier.restore(BUCKET, tmp_path / "docs.jsonl", 0, silent))
