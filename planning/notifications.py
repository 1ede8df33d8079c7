"""What Cloudflare can notify of, as far as this project asks for it.

Sources: the types of the `cloudflare` SDK 5.9.0 (alert types, destinations) and the documentation
of `cloudflare_notification_policy` in Cloudflare's Terraform provider (products).
"""

import re
from typing import Literal

from planning.refusals import RefusedError

BILLING_USAGE = "billing_usage_alert"
"""The alert that usage of one product went over a limit. It needs a zone on the Pro plan."""

Product = Literal[
    "worker_requests",
    "worker_durable_objects_requests",
    "worker_durable_objects_duration",
    "worker_durable_objects_data_transfer",
    "worker_durable_objects_stored_data",
    "worker_durable_objects_storage_deletes",
    "worker_durable_objects_storage_writes",
    "worker_durable_objects_storage_reads",
]
"""What usage can be notified of. Workers KV is not among it."""

MOST_NAME = 100
"""Characters that a policy's name may have here, so that a mail's subject shows it whole."""

_ADDRESS = re.compile(r"[^@\s\"<>]+@[^@\s\"<>]+\.[^@\s\"<>]+")
_RESERVED = re.compile(r"(.*[.@])?example(\.(com|net|org))?|.*\.(invalid|test|example)")
"""Domains that no mail ever reaches (RFC 2606)."""


def usage_filters(product: Product, limit: int) -> dict[str, tuple[str, ...]]:
    """Return the filters, by the names of the SDK, of usage of *product* above *limit*."""
    return {"products": (product,), "limits": (str(limit),)}


def check_email(address: str) -> str:
    """Return *address*. Raises `RefusedError` for what is none, and for domains of examples."""
    if not _ADDRESS.fullmatch(address):
        raise RefusedError(f"{address!r} is no mail address (platform@chitty.cc)")
    if _RESERVED.fullmatch(address.rpartition("@")[2]):
        raise RefusedError(f"{address!r} reaches nobody; name an address that somebody reads")
    return address
