"""Project Awareness on a local Cloudflare of its own, once for all tests of this folder."""

import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from components.bundle import ROOT, bundle
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from planning.api_tokens import name_of, spread
from systems.project_awareness.component import ENTRY, OBJECTS
from systems.project_awareness.credential import HEADER, load_test_credential
from systems.project_awareness.settings import SCOPES

SCRIPT = "project-awareness-test"
HOST = "project-awareness-test.chitty.cc"
SHARED = "api-test.chitty.cc"
ORIGIN = f"https://{HOST}"
KEYS = {
    "SIGNING_KEY": "canary-signing-key-of-the-tests-7f3e",
    "BACKUP_KEY": "canary-of-backups-that-nobody-guesses",
    "LOAD_TEST_KEY": "canary-load-test-key-of-the-tests-9b1c",
}
USERS = tuple(f"user-{number:02}" for number in range(50))
"""Whose tokens and owners begin with their names."""

OWNERS = {
    "claude": "CHITTY-ONE",
    "chatgpt": "CHITTY-ONE",
    "other": "CHITTY-TWO",
    "service": "CHITTY-SERVICE",
    **{user: f"CHITTY-{user}" for user in USERS},
}
STORES = ("SESSION_STORE", "PROJECT_STORE", "CROSS_PLATFORM_SYNC")
BUCKETS = {"PROJECT_DATA_BUCKET": "project-data-test", "ANALYTICS_BUCKET": "analytics-test"}
DATASETS = {
    "USAGE_ANALYTICS": "usage_test",
    "PERFORMANCE_METRICS": "performance_test",
    "SECURITY_EVENTS": "security_test",
}
MIGRATIONS = {"new_tag": "v1", "new_sqlite_classes": list(OBJECTS.values())}
LOOPBACK = "127.0.0.1"
TIMEOUT = 60
VARIABLES = {
    "ENVIRONMENT": "development",
    "OWN_ORIGIN": ORIGIN,
    "CHITTY_REGISTRY_URL": "https://registry.chitty.cc",
    "CHITTYCHAT_API_URL": "https://chittychat.chitty.cc",
    "CHITTYID_API_URL": "https://id.chitty.cc",
    "CORS_ORIGIN": "https://claude.ai,https://chatgpt.com",
    "SESSION_TIMEOUT": "3600",
    "MAX_SESSIONS_PER_IP": "25",
    "MAX_SOCKETS_PER_IP": "10",
    "RATE_LIMIT_RPM": "2000",
    "RATE_LIMITS": "",
    "CACHE_TTL": "1800",
    "EDGE_CACHE_TTL": "300",
}


def token(who: str) -> str:
    return f"canary-token-of-the-tests-{who}"


@dataclass(frozen=True)
class AwarenessStack:
    """One deployed Project Awareness."""

    cloud: LocalCloudflare
    namespaces: dict[str, str]

    def ask(
        self,
        method: str,
        path: str,
        who: str | None = "claude",
        *,
        lifted: bool = True,
        **sent: Any,
    ) -> httpx.Response:
        """Ask as *who*, as nobody for `None`; *lifted* says whether limits hold."""
        headers = {**self.headers(who, lifted=lifted), **sent.pop("headers", {})}
        return self.cloud.at(sent.pop("host", HOST), path, method, headers=headers, **sent)

    def headers(self, who: str | None, *, lifted: bool) -> dict[str, str]:
        authorization = {} if who is None else {"authorization": f"Bearer {token(who)}"}
        credential = {HEADER: load_test_credential(KEYS["LOAD_TEST_KEY"])} if lifted else {}
        return {"user-agent": "claude-code/2.1", **authorization, **credential}

    def switch(self, project: str, who: str = "claude") -> Any:
        """Tell of a project as *who*."""
        body = {
            "source_platform": "claude-code",
            "sync_type": "project_switch",
            "project": {"project_id": project, "working_directory": f"/projects/{project}"},
        }
        answer = self.ask("POST", "/api/projects/sync", who, json=body)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()

    @contextmanager
    def websocket(
        self,
        who: str | None = "claude",
        *,
        lifted: bool = False,
        address: str = LOOPBACK,
        **options: Any,
    ) -> Iterator[ClientConnection]:
        """Open the WebSocket of *who*'s owner from *address*; its welcome is read already."""
        place = (LOOPBACK, self.cloud.edge_port)
        sock = socket.create_connection(place, TIMEOUT, (address, 0))
        headers = {**self.headers(who, lifted=lifted)}
        given: dict[str, Any] = {
            "additional_headers": headers,
            "ping_interval": None,
            "close_timeout": 1,
            **options,
        }
        with connect(f"ws://{HOST}/ws", sock=sock, open_timeout=TIMEOUT, **given) as opened:
            welcome = json.loads(opened.recv(10))
            assert welcome["type"] == "welcome"
            yield opened


@pytest.fixture(scope="session")
def awareness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwarenessStack]:
    with local_cloudflare(tmp_path_factory.mktemp("awareness") / "cloudflare") as cloud:
        yield deploy(cloud)


@pytest.fixture(scope="module")
def counted_awareness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwarenessStack]:
    """Give one of its own, whose points nobody else writes."""
    with local_cloudflare(tmp_path_factory.mktemp("counted") / "cloudflare") as cloud:
        yield deploy(cloud)


def deploy(cloud: LocalCloudflare) -> AwarenessStack:
    """Deploy the worker with all it is bound to, at `HOST`."""
    path = cloud.account("/storage/kv/namespaces")
    made = {name: cloud.result("POST", path, json={"title": name})["id"] for name in STORES}
    for name in BUCKETS.values():
        cloud.result("POST", cloud.account("/r2/buckets"), json={"name": name})
    stack = AwarenessStack(cloud, made)
    upload(stack, SCRIPT, HOST)
    route = {"pattern": f"{SHARED}/project-awareness/*", "script": SCRIPT}
    cloud.result("POST", f"/zones/{cloud.zone_id}/workers/routes", json=route)
    return stack


def upload(  # noqa: PLR0913 - each is another thing that a test changes
    stack: AwarenessStack,
    script: str,
    host: str,
    *,
    variables: Mapping[str, str] | None = None,
    before: Mapping[str, str] | None = None,
    known: Iterable[str] = OWNERS,
    again: bool = False,
) -> None:
    """Deploy the worker as *script* at *host*, with other *variables*. Default: the usual ones.

    *before*: modules that are started in its place; they find it as `worker.mjs`. Default: none.
    *known* are those whose tokens it takes. Default: all. *again*: the script has its classes.
    """
    cloud = stack.cloud
    code = (ROOT / bundle(str(ENTRY.relative_to(ROOT)), SCRIPT).path).read_text(encoding="utf-8")
    cloud.upload(
        script,
        {**(before or {}), "worker.mjs": code},
        bindings=_bindings(stack.namespaces, variables or {}, known),
        **({} if again else {"migrations": MIGRATIONS}),
        compatibility_date="2024-08-29",
        compatibility_flags=["nodejs_compat"],
    )
    domain = {"hostname": host, "service": script, "zone_id": cloud.zone_id}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)


def _bindings(
    namespaces: dict[str, str], changes: Mapping[str, str], known: Iterable[str]
) -> list[dict[str, str]]:
    objects = "durable_object_namespace"
    lists = enumerate(spread([_known(who) for who in known]))
    secrets = {**{name_of(index): text for index, text in lists}, **KEYS}
    return [
        *({"type": objects, "name": name, "class_name": each} for name, each in OBJECTS.items()),
        *(
            {"type": "kv_namespace", "name": name, "namespace_id": each}
            for name, each in namespaces.items()
        ),
        *(
            {"type": "r2_bucket", "name": name, "bucket_name": each}
            for name, each in BUCKETS.items()
        ),
        *(
            {"type": "analytics_engine", "name": name, "dataset": each}
            for name, each in DATASETS.items()
        ),
        *(
            {"type": "plain_text", "name": name, "text": each}
            for name, each in {**VARIABLES, **changes}.items()
        ),
        *({"type": "secret_text", "name": name, "text": each} for name, each in secrets.items()),
    ]


def _known(who: str) -> dict[str, Any]:
    digest = sha256(token(who).encode()).hexdigest()
    return {"id": who, "sha256": digest, "scopes": list(SCOPES), "owners": [OWNERS[who]]}
