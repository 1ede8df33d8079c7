"""A credential provisioned end to end, against the same without what stands before Connect (OP-7).

ChittyConnect runs three times on one local Cloudflare, and is asked in turn for items that nobody
asked for before: it reads the look-alike of Connect where workers find it, one in a process of its
own, and the first by Access, tunnel and proxy.
"""

import hashlib
import json
import secrets
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from components.bundle import ROOT, bundle
from harness.connect_host import open_host, sidecar_file
from harness.figure import Figure
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from harness.look_alikes import OnePasswordConnect, onepassword_connect
from local.process.ports import HOST as LOOPBACK
from systems.onepassword_connect.settings import Proxy

CONNECT = "1password-connect-bench.chitty.cc"
ENTRY = "systems/chittyconnect/workers/connect/index.ts"
URL, TOKEN = "ONEPASSWORD_CONNECT_URL", "ONEPASSWORD_CONNECT_TOKEN"
ITEMS, WARM = 300, 20
"""Credentials that are asked for, and how many of them before anything is measured."""

MILLISECONDS = 1000
MOST_ADDED, MOST_CACHED = 1.3, 0.5
UNLIMITED = Proxy(requests_a_minute=100_000, burst=10_000)
"""What is measured is not the limit."""

HOW = f"{ITEMS - WARM} credentials that were not asked for before, all in turn, median"


def figures() -> Iterator[Figure]:
    """Measure; takes about half a minute."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        vaults = folder / "vaults.yaml"
        vaults.write_text(yaml.safe_dump(_seed()))
        sidecar = sidecar_file(folder, CONNECT, UNLIMITED)
        with (
            local_cloudflare(folder / "cloudflare", vaults=vaults, sidecar=sidecar) as cloud,
            onepassword_connect(folder / "alone", vaults) as alone,
        ):
            yield from _measured(cloud, alone)


def _seed() -> dict[str, Any]:
    items = [{"title": f"item{n}", "fields": [{"label": "token"}]} for n in range(ITEMS)]
    vault = {"name": "services", "items": items}
    return {"vaults": [vault], "tokens": [{"name": "bench", "vaults": ["services"]}]}


def _measured(cloud: LocalCloudflare, alone: OnePasswordConnect) -> Iterator[Figure]:
    token = (cloud.directory / "1password-connect/tokens/bench").read_text()
    whole_way = open_host(cloud, CONNECT).variables
    took = _times(
        cloud,
        {
            "direct": {URL: "http://1password-connect.localhost", TOKEN: token},
            "alone": {URL: alone.url, TOKEN: alone.token("bench")},
            "whole": {**whole_way, TOKEN: token},
        },
    )
    direct, alone_ms, whole, again = (statistics.median(times[WARM:]) for times in took.values())
    yield from _figures(direct, alone_ms, whole, again)


def _times(cloud: LocalCloudflare, ways: Mapping[str, Mapping[str, str]]) -> dict[str, list[float]]:
    """Return the milliseconds of each way, and of the last one again."""
    bearer = secrets.token_urlsafe(32)
    for name, variables in ways.items():
        _deploy(cloud, name, {**variables, "API_TOKENS": _tokens(bearer)})
    took: dict[str, list[float]] = {**{name: [] for name in ways}, "again": []}
    *_, last = ways
    with httpx.Client(headers={"authorization": f"Bearer {bearer}"}, timeout=30) as client:
        for number in range(ITEMS):
            for name in sorted(ways, reverse=number % 2 == 1):
                took[name].append(_took(client, cloud, name, number))
            took["again"].append(_took(client, cloud, last, number))
    return took


def _figures(direct: float, alone: float, whole: float, again: float) -> Iterator[Figure]:
    unit = "of a direct call"
    yield Figure("credential, end to end", whole / direct, unit, HOW, MOST_ADDED)
    yield Figure("credential, ids remembered", again / direct, unit, "the same again", MOST_CACHED)
    yield Figure("the same, against a look-alike alone", whole / alone, unit, "as above")
    yield Figure("direct call", direct, "ms", "worker → look-alike at its name, three requests")
    yield Figure("direct call, alone", alone, "ms", "worker → look-alike in a process of its own")
    yield Figure("end to end", whole, "ms", "worker → Access → tunnel → nginx → look-alike")
    yield Figure("ids remembered", again, "ms", "one request by id, through the same")


def _took(client: httpx.Client, cloud: LocalCloudflare, name: str, number: int) -> float:
    """Ask the worker *name* for item *number*; return the milliseconds."""
    path = f"services/item{number}/token"
    wanted = {"service": "bench", "credentialPath": path, "purpose": "a bench"}
    url = f"http://{LOOPBACK}:{cloud.edge_port}/api/v1/credentials/provision"
    begun = time.perf_counter()
    answer = client.post(url, json=wanted, headers={"host": _host(name)})
    took = (time.perf_counter() - begun) * MILLISECONDS
    answer.raise_for_status()
    return took


def _deploy(cloud: LocalCloudflare, name: str, secret: Mapping[str, str]) -> None:
    """Upload ChittyConnect as far as credentials need it."""
    texts = {
        "ENVIRONMENT": "development",
        "SERVICE_VAULTS": json.dumps({"bench": {"vaults": ["services"], "tokens": []}}),
        **secret,
    }
    bindings = [{"type": "plain_text", "name": key, "text": text} for key, text in texts.items()]
    code = (ROOT / bundle(ENTRY, name).path).read_text(encoding="utf-8")
    migrations = {"new_tag": "v1", "new_sqlite_classes": ["SessionStateDO"]}
    cloud.upload(name, {"index.mjs": code}, bindings=bindings, migrations=migrations)
    domain = {"hostname": _host(name), "service": name, "zone_id": cloud.zone_id}
    path = cloud.account("/workers/domains")
    cloud.result("PUT", path, json={**domain, "environment": "production"})


def _host(name: str) -> str:
    return f"{name}-bench.chitty.cc"


def _tokens(bearer: str) -> str:
    digest = hashlib.sha256(bearer.encode()).hexdigest()
    scopes = ["credentials:read"]
    return json.dumps([{"id": "bench", "sha256": digest, "scopes": scopes, "expires": None}])
