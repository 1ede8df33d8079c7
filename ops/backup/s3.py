"""The S3 API of R2: what knows of an object's own metadata, and takes large ones in parts."""

import hashlib
import json
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from ops.backup.parallel import AT_ONCE
from ops.cloudflare_api.account import Account
from ops.cloudflare_api.client import LASTING
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.target import Target


def client(paths: Paths, target: Target, account: Account, jurisdiction: str = "") -> Any:
    """Return a client of the buckets of *target*, in a *jurisdiction* if there is one.

    An API token is an S3 key as well: its id, and the SHA-256 of its value. The local Cloudflare
    has a pair of its own. Raises `OpsError` where there is none.
    """
    key, secret = _local_pair(paths) if target.local else _pair(account)
    return boto3.client(
        "s3",
        endpoint_url=_endpoint(target, jurisdiction),
        region_name="auto",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        config=Config(
            signature_version="s3v4",
            max_pool_connections=2 * AT_ONCE,
            retries={"mode": "adaptive", "max_attempts": LASTING.attempts},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _endpoint(target: Target, jurisdiction: str) -> str:
    if target.local:
        return f"http://127.0.0.1:{target.api_port + 2}"
    within = f".{jurisdiction}" if jurisdiction not in ("", "default") else ""
    return f"https://{target.account}{within}.r2.cloudflarestorage.com"


def _pair(account: Account) -> tuple[str, str]:
    """Return the key that the token of *account* is, whether the account owns it or a user."""
    verified = account.verified_token()
    return verified, hashlib.sha256(account.token.encode()).hexdigest()


def _local_pair(paths: Paths) -> tuple[str, str]:
    try:
        pair = json.loads((paths.cloudflare / "r2-credentials.json").read_text())
        return str(pair["access_key_id"]), str(pair["secret_access_key"])
    except (OSError, ValueError, KeyError, TypeError):
        raise OpsError("the local Cloudflare has issued no S3 keys; run make start") from None
