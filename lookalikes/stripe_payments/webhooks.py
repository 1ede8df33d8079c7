"""Endpoints that are told of events, each with a secret that what it is told is signed with."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx

from lookalikes.stripe_payments.form import NewEndpoint
from lookalikes.stripe_payments.objects import Object, new_id

TRIES = 8
FIRST_WAIT_SECONDS = 0.2
LOCAL = ".localhost"
EVERYTHING = "*"


@dataclass
class Endpoints:
    """Who is told, and what is still to be told."""

    known: list[Object] = field(default_factory=list)
    running: set[asyncio.Task[None]] = field(default_factory=set)

    def add(self, asked: NewEndpoint) -> Object:
        """Add an endpoint; only what this returns ever shows its secret."""
        endpoint = {
            "id": new_id("we"),
            "object": "webhook_endpoint",
            "enabled_events": asked.enabled_events,
            "secret": f"whsec_{secrets.token_urlsafe(24)}",
            "status": "enabled",
            "url": asked.url,
        }
        self.known.append(endpoint)
        return endpoint

    def tell(self, event: Object) -> None:
        """Tell everybody of *event* who wants to hear of its kind, in the background."""
        for endpoint in self.known:
            if {event["type"], EVERYTHING} & set(endpoint["enabled_events"]):
                task = asyncio.get_running_loop().create_task(_deliver(endpoint, event))
                self.running.add(task)
                task.add_done_callback(self.running.discard)


async def _deliver(endpoint: Object, event: Object) -> None:
    """Send until it is taken; Stripe goes on for three days, this for a minute."""
    body = json.dumps(event).encode()
    url, headers = _reached(endpoint["url"])
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        for attempt in range(TRIES):
            signed = {**headers, "stripe-signature": signature(body, endpoint["secret"])}
            try:
                answer = await client.post(url, content=body, headers=signed)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.is_success:
                return
            await asyncio.sleep(FIRST_WAIT_SECONDS * 2**attempt)


def signature(body: bytes, secret: str) -> str:
    """Return the header that says that *body* was sent now by whoever knows *secret*."""
    now = int(time.time())
    digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


def _reached(url: str) -> tuple[str, dict[str, str]]:
    """Return where *url* is, and the host to say: names below localhost are on this machine."""
    parts = urlsplit(url)
    headers = {"content-type": "application/json; charset=utf-8"}
    if not (parts.hostname or "").endswith(LOCAL):
        return url, headers
    port = f":{parts.port}" if parts.port else ""
    return parts._replace(netloc=f"127.0.0.1{port}").geturl(), {**headers, "host": parts.netloc}
