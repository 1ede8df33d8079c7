"""Sends JSON to a receiver of this machine: bounded in time and in tries, never anywhere else."""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

import httpx

from common.certificates import trusted_at
from common.json_types import Json
from local.api.alerting.destinations import HERE, Destination

SECONDS = 5.0
"""How long one try may take."""

PAUSES = (0.5, 2.0)
"""Seconds before the second and the third try. Cloudflare says nothing of its own."""

AUTHORIZATION = "cf-webhook-auth"
_KEYS = {"datadog": "DD-API-KEY", "opsgenie": "Authorization"}
"""Headers in which services that Cloudflare knows expect the secret."""


def headers_of(destination: Destination) -> dict[str, str]:
    """Return the headers that tell the receiver who it is."""
    if not destination.secret or destination.holds_secret:
        return {}
    if destination.type == "opsgenie":
        return {"Authorization": f"GenieKey {destination.secret}"}
    return {_KEYS.get(destination.type, AUTHORIZATION): destination.secret}


async def post(url: str, body: Json, headers: Mapping[str, str]) -> str | None:
    """Send *body* once to *url*, which has to be on this machine; return what went wrong."""
    address, host = _on_this_machine(url)
    sent = {**headers, "host": host, "user-agent": "Cloudflare-Webhooks (local)"}
    try:
        async with httpx.AsyncClient(
            timeout=SECONDS, trust_env=False, verify=trusted_at(address)
        ) as client:
            answer = await client.post(address, json=body, headers=sent)
    except (httpx.HTTPError, ValueError) as error:
        return type(error).__name__
    return None if answer.is_success else f"{answer.status_code} {answer.reason_phrase}"


async def deliver(url: str, body: Json, headers: Mapping[str, str]) -> str | None:
    """Send *body* until it is taken or the tries are used up; return what went wrong last."""
    problem = await post(url, body, headers)
    for pause in PAUSES:
        if problem is None:
            break
        await asyncio.sleep(pause)
        problem = await post(url, body, headers)
    return problem


def _on_this_machine(url: str) -> tuple[str, str]:
    """Return the address by number, and the host that it is asked for.

    Names below `localhost` are this machine by definition; not every resolver knows.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.hostname != "localhost" and not (parts.hostname or "").endswith(HERE):
        return url, host
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit(parts._replace(netloc=f"127.0.0.1{port}")), host
