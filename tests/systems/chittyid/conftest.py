"""ChittyID on a local Cloudflare of its own, once for all tests of this folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from components.bundle import ROOT, bundle
from harness.local_cloudflare import LocalCloudflare, local_cloudflare
from systems.chittyid.component import ENTRY, MIGRATIONS, api_tokens
from systems.chittyid.settings import ChittyIdSecrets

SCRIPT = "chittyid-test"
HOST = "id-test.chitty.cc"
ADMIN, SERVICE = "canary-admin-token-of-the-tests-7f3e", "canary-service-token-of-the-tests-9b1c"


@dataclass(frozen=True)
class IdStack:
    """One deployed ChittyID."""

    cloud: LocalCloudflare
    database_id: str

    def ask(
        self, method: str, path: str, *, token: str | None = SERVICE, **sent: Any
    ) -> httpx.Response:
        """Ask with *token*, or as nobody for `None`."""
        authorization = {} if token is None else {"authorization": f"Bearer {token}"}
        headers = {**authorization, **sent.pop("headers", {})}
        return self.cloud.at(HOST, path, method, headers=headers, **sent)

    def mint(self, key: str | None = None, entity_type: str = "EVNT") -> httpx.Response:
        """Mint an id, under *key* if one is given."""
        headers = {} if key is None else {"idempotency-key": key}
        return self.ask("POST", "/v1/mint", json={"entity_type": entity_type}, headers=headers)

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """Ask the database behind the worker for rows."""
        rows: list[dict[str, Any]] = self.query(statement)["results"]
        return rows

    def query(self, statement: str, *values: Any) -> dict[str, Any]:
        """Ask the database behind the worker; what it counted is in `meta`."""
        path = self.cloud.account(f"/d1/database/{self.database_id}/query")
        body = {"sql": statement, "params": list(values)}
        answer: list[dict[str, Any]] = self.cloud.result("POST", path, json=body)
        return answer[0]


@pytest.fixture(scope="session")
def chittyid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[IdStack]:
    with local_cloudflare(tmp_path_factory.mktemp("chittyid") / "cloudflare") as cloud:
        yield _deploy(cloud)


def _deploy(cloud: LocalCloudflare) -> IdStack:
    namespaces, databases = cloud.account("/storage/kv/namespaces"), cloud.account("/d1/database")
    kv = cloud.result("POST", namespaces, json={"title": SCRIPT})["id"]
    database = cloud.result("POST", databases, json={"name": SCRIPT})["uuid"]
    for file in sorted(MIGRATIONS.glob("*.sql")):
        cloud.result("POST", f"{databases}/{database}/query", json={"sql": file.read_text()})
    secrets = ChittyIdSecrets.model_validate({"ADMIN_TOKEN": ADMIN, "CHITTY_ID_TOKEN": SERVICE})
    texts = {
        "ENVIRONMENT": "development",
        "CORS_ORIGIN": f"https://{HOST}",
        "ENTITY_TYPES": "EVNT,PEO",
    }
    bindings = [
        {"type": "d1", "name": "DB", "id": database},
        {"type": "kv_namespace", "name": "CHITTYID_KV", "namespace_id": kv},
        {"type": "secret_text", "name": "API_TOKENS", "text": api_tokens(secrets)},
        *({"type": "plain_text", "name": name, "text": text} for name, text in texts.items()),
    ]
    code = (ROOT / bundle(str(ENTRY.relative_to(ROOT)), SCRIPT).path).read_text(encoding="utf-8")
    cloud.upload(SCRIPT, {"index.mjs": code}, bindings=bindings)
    domain = {"hostname": HOST, "service": SCRIPT, "zone_id": cloud.zone_id}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    return IdStack(cloud, database)
