"""Sync of SuperInstance as it runs for the tests, with an issuer of tokens."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from components.bundle import ROOT, bundle
from harness.identity import IdentityProvider
from harness.local_cloudflare import LocalCloudflare

SCRIPT = "superinstance-sync-test"
HOST = "sync-test.chitty.cc"
ENTRY = "systems/superinstance/workers/sync/index.ts"
MIGRATIONS = ROOT / "systems/superinstance/migrations/superinstance"
BUCKETS = {"KNOWLEDGE_STORE": "knowledge-test", "MODEL_CACHE": "models-test"}
AUDIENCE = "superinstance-sync"
SCOPE = "sync:read sync:write"


@dataclass(frozen=True)
class SyncStack:
    """One deployed sync."""

    cloud: LocalCloudflare
    provider: IdentityProvider
    database_id: str

    def ask(self, user: str | None, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask as *user*; as nobody for `None`."""
        token = None if user is None else self.provider.user_token(user, AUDIENCE, SCOPE)
        return self.with_token(token, method, path, **sent)

    def with_token(self, token: str | None, method: str, path: str, **sent: Any) -> httpx.Response:
        """Ask with *token*; without any for `None`."""
        shown = {} if token is None else {"authorization": f"Bearer {token}"}
        headers = {**shown, **sent.pop("headers", {})}
        return self.cloud.at(HOST, f"/sync{path}", method, headers=headers, **sent)

    def push(
        self,
        user: str,
        item: str,
        base: int,
        value: Any,
        *,
        device: str = "laptop",
        **more: Any,
    ) -> httpx.Response:
        """Push a setting."""
        change = {"id": item, "base_version": base, "value": value, **more.pop("change", {})}
        body = {"device": device, "changes": [change], **more}
        return self.ask(user, "POST", "/settings", json=body)

    def pull(self, user: str, collection: str = "settings", since: int = 0) -> dict[str, Any]:
        """Pull what has changed, by item."""
        answer = self.ask(user, "GET", f"/{collection}", params={"since": since})
        assert answer.is_success, answer.text
        return {each["id"]: each for each in answer.json()["items"]}

    def status(self, user: str) -> dict[str, Any]:
        """Return how *user* stands."""
        answer = self.ask(user, "GET", "/status")
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def sql(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """Ask the database behind the worker for rows."""
        path = self.cloud.account(f"/d1/database/{self.database_id}/query")
        body = {"sql": statement, "params": list(values)}
        answer: list[dict[str, Any]] = self.cloud.result("POST", path, json=body)
        rows: list[dict[str, Any]] = answer[0]["results"]
        return rows

    def objects(self, bucket: str) -> set[str]:
        """Return the keys that lie in a bucket."""
        path = self.cloud.account(f"/r2/buckets/{BUCKETS[bucket]}/objects")
        return {each["key"] for each in self.cloud.result("GET", path)}


def deploy(cloud: LocalCloudflare, provider: IdentityProvider) -> SyncStack:
    """Deploy the worker with all it is bound to, at `HOST`."""
    databases = cloud.account("/d1/database")
    database = cloud.result("POST", databases, json={"name": SCRIPT})["uuid"]
    for file in sorted(MIGRATIONS.glob("*.sql")):
        cloud.result("POST", f"{databases}/{database}/query", json={"sql": file.read_text()})
    for name in BUCKETS.values():
        cloud.result("POST", cloud.account("/r2/buckets"), json={"name": name})
    stack = SyncStack(cloud, provider, database)
    upload(stack, migrations={"new_tag": "v1", "new_sqlite_classes": ["SyncState"]})
    domain = {"hostname": HOST, "service": SCRIPT, "zone_id": cloud.zone_id}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    return stack


def upload(
    stack: SyncStack,
    changed: str = "",
    variables: Mapping[str, str] | None = None,
    **metadata: Any,
) -> None:
    """Upload the worker, with *changed* at its end, so that it is another version.

    *variables* are other ones. Default: the usual.
    """
    code = (ROOT / bundle(ENTRY, SCRIPT).path).read_text(encoding="utf-8")
    bindings = list(_bindings(stack, variables or {}))
    modules = {"index.mjs": f"{code}\n{changed}\n"}
    stack.cloud.upload(SCRIPT, modules, bindings=bindings, **metadata)


def _bindings(stack: SyncStack, changes: Mapping[str, str]) -> Iterator[dict[str, str]]:
    yield {"type": "durable_object_namespace", "name": "SYNC_STATE", "class_name": "SyncState"}
    yield {"type": "d1", "name": "DB", "id": stack.database_id}
    for name, bucket in BUCKETS.items():
        yield {"type": "r2_bucket", "name": name, "bucket_name": bucket}
    texts = {
        "ENVIRONMENT": "development",
        "CORS_ORIGIN": "https://claude.ai",
        "JWT_ISSUER": stack.provider.issuer.name,
        "JWT_AUDIENCE": AUDIENCE,
        "JWKS_URL": stack.provider.jwks_url,
        "REQUESTS_PER_MINUTE": "10000",
    }
    for name, text in {**texts, **changes}.items():
        yield {"type": "plain_text", "name": name, "text": text}
