"""What an earlier release deployed is what this one wants: nothing moves, nothing is made anew.

`earlier_state.json` was exported from a `development` that release 2ff9e05 had brought up, with
the configuration below; the address of its API and its stack traces were taken out.
"""

import dataclasses
import json
from pathlib import Path

import pytest
from pulumi import automation as auto

from components import d1_ledger
from components.database import read_files
from systems.platform import main
from systems.registry import SYSTEMS
from tests.config.examples import ROOT, as_engine, good

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

STATE = Path(__file__).parent / "earlier_state.json"
API = "http://127.0.0.1:34901/client/v4"
SECRETS = {
    "chittyconnect:API_TOKENS": json.dumps(
        [{"id": "tests", "sha256": "ab" * 32, "scopes": ["sessions:read"]}], separators=(",", ":")
    ),
    "chittyconnect:R2_ACCESS_KEY_ID": "0123456789abcdef" * 2,
    "chittyconnect:R2_SECRET_ACCESS_KEY": "fedcba9876543210" * 4,
    "chittyconnect:ONEPASSWORD_CONNECT_TOKEN": "a-token-of-the-look-alike",
}
LATER = {system.name for system in SYSTEMS} - {"chittyconnect"}
APPLIED = {"003_document_storage.sql", "004_session_index.sql"}
SCRIPT = "chittyconnect-development"
CLASS = (
    'import { DurableObject } from "cloudflare:workers";'
    "export class SessionStateDO extends DurableObject {}"
    'export default { fetch: () => new Response("earlier") };'
)


def _database(cloud):
    """Make the database of the state, with its migrations; return its id there and here."""
    resources = json.loads(STATE.read_text())["deployment"]["resources"]
    earlier = next(r for r in resources if r["type"].endswith("D1Database"))["id"]
    name = {"name": "chittyconnect-development"}
    here = cloud.result("POST", cloud.account("/d1/database"), json=name)["uuid"]
    target = {"account_id": "0" * 32, "database_id": here, "base_url": cloud.api_url}
    files = [
        {"name": file.name, "sha256": file.sha256, "sql": file.sql}
        for file in read_files(ROOT / "systems/chittyconnect/migrations/chittyconnect")
        if file.name in APPLIED
    ]
    d1_ledger.create({**target, "files": files})
    return earlier, here


@pytest.fixture
def stack(engine, cloud, monkeypatch):
    """Give the stack of the program with the earlier state, whose worker is at tag v1."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", cloud.token)
    monkeypatch.delenv("CLOUDFLARE_BASE_URL", raising=False)
    objects = {"name": "SESSION_STATE", "class_name": "SessionStateDO"}
    cloud.upload(
        SCRIPT,
        {"index.mjs": CLASS},
        bindings=[{"type": "durable_object_namespace", **objects}],
        migrations={"new_tag": "v1", "new_sqlite_classes": ["SessionStateDO"]},
    )
    values = {key: value for key, value in as_engine(good()).items() if key not in SECRETS}
    values.pop("cloudflare:baseUrl")
    # The systems that the earlier release had.
    values = {key: value for key, value in values.items() if key.partition(":")[0] not in LATER}
    values["chittyos:systems"] = '["chittyconnect"]'
    made = dataclasses.replace(engine, project="chittyos").stack(main, "development", values)
    for key, value in SECRETS.items():
        made.configure(key, value, secret=True)
    exported = json.loads(STATE.read_text().replace(API, cloud.api_url).replace(*_database(cloud)))
    made.automation.import_stack(auto.Deployment(**exported))
    return made


def test_nothing_of_it_changes_but_the_code_of_its_worker_and_a_migration_more(stack):
    outcome = stack.preview()

    assert outcome.changes == {
        "chittyconnect-worker": "update",
        "chittyconnect-database-migrations": "update",
        # What the edge does came later; it takes nothing away.
        "chitty.cc-http_request_firewall_custom": "create",
        "chitty.cc-http_response_headers_transform": "create",
    }
    assert len(outcome.steps) == 16
    # The flag keeps its secrets out of `process.env`; who reads which vault came later as well.
    changed = {path.partition("[")[0] for path in outcome.changed["chittyconnect-worker"]}
    assert changed == {"bindings", "compatibilityFlags", "contentSha256"}


def test_a_changed_name_would_show(stack):
    stack.configure("chittyconnect:sessions", '{"namespace": "another"}')

    assert stack.preview().changes["chittyconnect-sessions"] in {"update", "replace"}
