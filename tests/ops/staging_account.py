"""Staging as it stands in the repository, on an account of its own that a local Cloudflare is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from ops.paths import Paths
from ops.preflight import doctor
from ops.preflight.declared_resources import Declared, declared
from ops.preflight.verdicts import State, Verdict
from ops.stack import command_lock
from ops.stack.target import DEFAULT_API, Target, read_target
from planning.token_needs import Need, needs_of, policies_for

STACK = "staging"


@dataclass
class Real(httpx.BaseTransport):
    """Answers for the real API from a local Cloudflare, and keeps what was asked."""

    base: str
    asked: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._inner = httpx.HTTPTransport()

    def end(self) -> None:
        """Close the connections; `close` is what each of many clients calls."""
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url).startswith(DEFAULT_API)
        self.asked.append(request)
        url = str(request.url).replace(DEFAULT_API, self.base)
        headers = {"Authorization": request.headers["Authorization"]}
        sent = httpx.Request(request.method, url, headers=headers, content=request.read())
        return self._inner.handle_request(sent)


@dataclass
class Account:
    """The account of staging, and the stack that is to be deployed to it."""

    cloud: LocalCloudflare
    target: Target
    made: Declared
    real: Real

    def needs(self, **options: bool) -> tuple[Need, ...]:
        """Return what a token of the stack needs."""
        zones = self.made.zones.values()
        return needs_of(self.made.resources, self.made.account, zones, **options)

    def token(self, needs: Any, **more: Any) -> str:
        """Make a token that may do *needs* and nothing else; return its value."""
        body = {"name": "t", "policies": policies_for(needs), **more}
        return str(self.cloud.result("POST", self.cloud.account("/tokens"), json=body)["value"])

    def examine(self, target: Target | None = None) -> list[Verdict]:
        """Examine the stack, or *target*, with the token of the environment."""
        return list(doctor.examine(Paths(), target or self.target, transport=self.real))

    def with_config(self, **changes: Any) -> Target:
        """Return the stack with some keys of `chittyos:` changed."""
        named = {f"chittyos:{key}": value for key, value in changes.items()}
        return replace(self.target, config={**self.target.config, **named})


def faults(verdicts: list[Verdict]) -> list[tuple[str, str]]:
    """Return subject and sentence of each fault, but for the secrets that nobody has set here."""
    return [
        (v.subject, v.said)
        for v in verdicts
        if v.state is State.FAULT and "secret" not in v.subject
    ]


@contextmanager
def staging_account(folder: Path) -> Iterator[Account]:
    """Give the account, whose local Cloudflare is in *folder*."""
    found = read_target(Paths(), STACK)
    with local_cloudflare(folder) as cloud:
        zone = {**found.config["chittyos:zones"][0], "id": cloud.zone_id, "owner": STACK}
        config = {**found.config, "chittyos:account": cloud.account_id, "chittyos:zones": [zone]}
        target = Target(STACK, "staging", config)
        cloud.result(
            "POST", f"/zones/{cloud.zone_id}/subscription", json={"rate_plan": {"id": "free"}}
        )
        real = Real(cloud.api_url)
        made = declared(Paths(), target)
        command_lock.give_back(Paths())  # the files of this folder run side by side
        yield Account(cloud, target, made, real)
        real.end()
