"""Stacks, secrets and updates over HTTP, and whom the service refuses."""

import gzip
import hashlib
import json
from base64 import b64decode, b64encode

import pytest
from starlette.testclient import TestClient

from lookalikes.pulumi_cloud.app import create_app
from lookalikes.pulumi_cloud.service import Service
from lookalikes.pulumi_cloud.store import Stack, Store
from tests.lookalikes.pulumi_cloud.journal import Journal, deployed

STACK = "/api/stacks/somebody/web/dev"
BUSY = "Conflict: Another update is currently in progress."


class Client:
    """Asks one service as an engine does."""

    def __init__(self, folder, **given):
        options = {"journal": 2, "delta_bytes": 0, **given}
        self.service = Service(Store(folder), "somebody", ("somebody",), **options)
        self.now = 1_000.0
        self.service.updates.clock = lambda: self.now
        self.http = TestClient(create_app(self.service))
        self.token = (folder / "access-token").read_text()

    def ask(self, method, path, body=None, lease=None):
        """Return what is answered; *lease*: in the place of the access token."""
        kind = f"update-token {lease}" if lease else f"token {self.token}"
        agent = "pulumi-cli/1 (3.276.0; linux)"
        headers = {"authorization": kind, "content-encoding": "gzip", "user-agent": agent}
        content = gzip.compress(json.dumps(body).encode()) if body is not None else None
        return self.http.request(method, path, content=content, headers=headers)

    def begin(self, kind="update", **given):
        """Begin an update; return its address and its lease."""
        body = {"updateKind": kind, "program": {}, "journalVersion": 2, **given}
        answer = self.ask("POST", f"{STACK}/begin-update", body)
        assert answer.status_code == 200, answer.text
        return f"{STACK}/update/{answer.json()['updateID']}", answer.json()["token"]

    def names(self, version=""):
        exported = self.ask("GET", f"{STACK}/export{version}").json()["deployment"] or {}
        return [each["urn"].rpartition("::")[2] for each in exported.get("resources", [])]


@pytest.fixture
def client(tmp_path):
    made = Client(tmp_path)
    assert made.ask("POST", "/api/stacks/somebody/web", {"stackName": "dev"}).status_code == 200
    return made


def entries(client, update, lease, journal):
    answer = client.ask("PATCH", f"{update}/journalentries", {"entries": journal}, lease)
    assert answer.status_code == 204, answer.text


def test_who_has_no_good_token_learns_nothing(client):
    client.token = "another"

    for method, path in (("GET", "/api/user"), ("GET", STACK), ("POST", f"{STACK}/decrypt")):
        answer = client.ask(method, path, {})
        assert (answer.status_code, answer.json()["code"]) == (401, 401)
    assert client.http.get(f"{STACK}/export").status_code == 401


@pytest.mark.parametrize("name", ["..", ".hidden", "a b", "a/../b"])
def test_a_name_that_is_no_folder_is_refused(client, name):
    answer = client.ask("POST", "/api/stacks/somebody/web", {"stackName": name})

    assert answer.status_code == 400


def test_a_stack_is_made_once_and_in_an_organization_of_the_user(client):
    again = client.ask("POST", "/api/stacks/somebody/web", {"stackName": "dev"})
    elsewhere = client.ask("POST", "/api/stacks/nobody/web", {"stackName": "dev"})

    assert (again.status_code, elsewhere.status_code) == (409, 404)
    assert "already exists" in again.json()["message"]


def test_a_secret_is_encrypted_by_the_key_of_its_stack(client):
    client.ask("POST", "/api/stacks/somebody/web", {"stackName": "other"})
    plain = b64encode(b"a secret value").decode()

    sent = client.ask("POST", f"{STACK}/encrypt", {"plaintext": plain}).json()
    sealed = client.ask("POST", f"{STACK}/batch-encrypt", {"plaintexts": [plain, None]}).json()
    texts = [sent["ciphertext"], *sealed["ciphertexts"]]

    assert not any(b"a secret value" in b64decode(text) for text in texts)
    opened = client.ask("POST", f"{STACK}/batch-decrypt", {"ciphertexts": texts}).json()
    assert list(opened["plaintexts"].values()) == [plain, plain, ""]
    body = {"ciphertext": texts[0]}
    assert client.ask("POST", f"{STACK}/decrypt", body).json() == {"plaintext": plain}
    other = client.ask("POST", "/api/stacks/somebody/web/other/decrypt", body)
    assert other.status_code == 400
    assert texts[0] not in other.text


def test_one_update_at_a_time_changes_a_stack_and_previews_do_not_count(client):
    update, lease = client.begin()
    begun = {"updateKind": "update", "program": {}}

    second = client.ask("POST", f"{STACK}/begin-update", begun)

    assert (second.status_code, second.json()) == (409, {"code": 409, "message": BUSY})
    for method, path, body in (
        ("POST", "/import", deployed("a")),
        ("DELETE", "", None),
        ("POST", "/rename", {"newName": "prod"}),
    ):
        assert client.ask(method, f"{STACK}{path}", body).json()["message"] == BUSY
    client.begin("preview")
    client.begin("refresh", program={"options": {"dryRun": True}})
    assert client.ask("GET", STACK).json()["currentOperation"]["kind"] == "update"
    assert client.ask("GET", "/api/user/stacks").json()["stacks"][0]["lastUpdate"] == 0
    client.ask("POST", f"{update}/complete", {"status": "succeeded"}, lease)
    assert client.ask("GET", "/api/user/stacks").json()["stacks"][0]["lastUpdate"] == 1_000
    client.begin()


def test_the_two_requests_of_older_engines_start_an_update_as_well(client):
    made = client.ask("POST", f"{STACK}/destroy", {"metadata": {"message": "away"}}).json()
    started = client.ask(
        "POST", f"{STACK}/update/{made['updateID']}", {"journalVersion": 1, "tags": {"a": "b"}}
    ).json()

    assert (started["version"], started["journalVersion"]) == (1, 1)
    assert client.ask("GET", STACK).json()["tags"] == {"a": "b"}
    again = client.ask("POST", f"{STACK}/update/{made['updateID']}", {})
    assert again.status_code == 409


def test_what_a_killed_engine_has_made_is_the_state_once_its_lease_ends(client):
    update, lease = client.begin()
    entries(client, update, lease, Journal().make(1, "made").begin(2, "creating", "half"))

    client.now += 299
    second = client.ask("POST", f"{STACK}/begin-update", {"updateKind": "update", "program": {}})
    assert second.status_code == 409
    assert client.names() == ["made"]
    client.now += 2
    late = client.ask("PATCH", f"{update}/journalentries", {"entries": []}, lease)
    assert late.json()["message"] == "Forbidden: The update lease has expired"
    client.begin()

    assert client.names() == ["made"]
    exported = client.ask("GET", f"{STACK}/export/1").json()["deployment"]
    assert [each["type"] for each in exported["pending_operations"]] == ["creating"]


def test_a_renewed_lease_keeps_others_out(client):
    update, lease = client.begin()
    client.now += 200
    renewed = client.ask("POST", f"{update}/renew_lease", {"duration": 300}, lease).json()
    client.now += 200

    second = client.ask("POST", f"{STACK}/begin-update", {"updateKind": "update", "program": {}})

    assert renewed == {"token": lease, "tokenExpiration": 1_500}
    assert second.status_code == 409
    longer = client.ask("POST", f"{update}/renew_lease", {"duration": 301}, lease)
    assert longer.status_code == 400


def test_a_cancelled_update_may_say_nothing_more(client):
    update, lease = client.begin()

    assert client.ask("POST", f"{update}/cancel").status_code == 204
    assert client.ask("POST", f"{update}/cancel").json()["message"] == (
        "Conflict: The Update has already completed"
    )
    for path in ("journalentries", "checkpoint", "checkpointverbatim"):
        assert client.ask("PATCH", f"{update}/{path}", {}, lease).status_code == 403
    client.begin()


def test_an_update_ends_once_though_it_is_said_twice(client):
    update, lease = client.begin()
    entries(client, update, lease, Journal().make(1, "a"))
    summary = {"sequence": 1, "summaryEvent": {"resourceChanges": {"create": 1}}}
    client.ask("POST", f"{update}/events/batch", {"events": [summary]}, lease)

    answers = [client.ask("POST", f"{update}/complete", {"status": "succeeded"}, lease)]
    client.begin("destroy")
    answers.append(client.ask("POST", f"{update}/complete", {"status": "succeeded"}, lease))

    assert [each.status_code for each in answers] == [204, 204]
    assert client.ask("GET", STACK).json()["currentOperation"]["kind"] == "destroy"
    _, info = client.ask("GET", f"{STACK}/updates").json()["updates"]
    assert (info["version"], info["result"], info["resourceChanges"]) == (
        1,
        "succeeded",
        {"create": 1},
    )
    assert client.ask("GET", f"{update}/events").json()["events"] == [summary]


def test_a_lease_is_of_one_update(client):
    update, _ = client.begin()
    _, other = client.begin("preview")

    for lease in (other, "none"):
        answer = client.ask("PATCH", f"{update}/journalentries", {"entries": []}, lease)
        assert answer.status_code == 403


def test_a_journal_newer_than_agreed_is_refused(tmp_path):
    client = Client(tmp_path, journal=1)
    client.ask("POST", "/api/stacks/somebody/web", {"stackName": "dev"})
    update, lease = client.begin()
    migration = Journal().add(10, 1, version=2)

    answer = client.ask("PATCH", f"{update}/journalentries", {"entries": migration}, lease)

    assert answer.status_code == 400


def test_checkpoints_come_whole_then_as_edits_and_once_each(client):
    update, lease = client.begin()
    whole = '{"version":3,"deployment":{"resources":[{"urn":"a::b::c::käse"}]}}'
    body = f'{{"version":3,"untypedDeployment":{whole},"sequenceNumber":1}}'
    headers = {"authorization": f"update-token {lease}"}
    path = f"{update}/checkpointverbatim"
    assert client.http.patch(path, content=body, headers=headers).status_code == 204

    at = whole.encode().index("käse".encode())
    span = {"start": {"offset": at}, "end": {"offset": at + len("käse".encode())}}
    edits = [{"Span": span, "NewText": "brot"}]
    after = whole.replace("käse", "brot").encode()
    delta = {"version": 3, "sequenceNumber": 2, "deploymentDelta": edits}
    wrong = client.ask("PATCH", f"{update}/checkpointdelta", {**delta, "checkpointHash": ""}, lease)
    hashed = {**delta, "checkpointHash": hashlib.sha256(after).hexdigest()}
    answers = [client.ask("PATCH", f"{update}/checkpointdelta", hashed, lease) for _ in range(2)]

    assert (wrong.status_code, [a.status_code for a in answers]) == (409, [204, 204])
    assert client.names() == ["brot"]
    client.ask("POST", f"{update}/complete", {"status": "failed"}, lease)
    assert client.names("/1") == ["brot"]


def test_a_body_without_a_checkpoint_changes_nothing(client):
    """Whatever JSON stood at that place of it was kept, and no state could be read any more."""
    update, lease = client.begin()
    body = {"sequenceNumber": 1, "n": "", "more": 1234567}
    path = f"{update}/checkpointverbatim"

    refused = client.http.patch(path, content=json.dumps(body), headers=lease_of(lease))

    assert refused.status_code == 400
    assert client.names() == []


def lease_of(token):
    return {"authorization": f"update-token {token}"}


def test_an_import_is_a_version_and_each_stays(client):
    for name in ("a", "b"):
        made = client.ask("POST", f"{STACK}/import", deployed(name)).json()["updateId"]
        done = client.ask("GET", f"{STACK}/update/{made}").json()
        assert (done["status"], done.get("continuationToken")) == ("succeeded", None)

    assert [client.names(version) for version in ("", "/1", "/2")] == [["b"], ["a"], ["b"]]
    assert client.ask("GET", f"{STACK}/export/3").status_code == 404
    page = client.ask("GET", f"{STACK}/updates?pageSize=1&page=2").json()["updates"]
    assert [(each["kind"], each["version"]) for each in page] == [("import", 1)]
    assert client.ask("POST", f"{STACK}/import", {"deployment": []}).status_code == 400


def test_a_stack_with_resources_is_deleted_when_that_is_wanted(client):
    client.ask("POST", f"{STACK}/import", deployed("a"))

    kept = client.ask("DELETE", STACK)

    assert kept.json()["message"] == "Bad Request: Stack still contains resources."
    assert client.ask("DELETE", f"{STACK}?force=true").status_code == 204
    assert client.ask("GET", STACK).status_code == 404
    assert client.http.head("/api/stacks/somebody/web", headers=token(client)).status_code == 404


def test_a_renamed_stack_keeps_its_key_and_its_versions(client):
    service = {"type": "service", "state": {"project": "web", "stack": "dev"}}
    client.ask("POST", f"{STACK}/import", deployed("a", secrets_providers=service))
    plain = b64encode(b"x").decode()
    sealed = client.ask("POST", f"{STACK}/encrypt", {"plaintext": plain}).json()

    client.ask("POST", f"{STACK}/rename", {"newName": "prod", "newProject": ""})

    moved = "/api/stacks/somebody/web/prod"
    assert client.ask("POST", f"{moved}/decrypt", sealed).json() == {"plaintext": plain}
    state = client.ask("GET", f"{moved}/export").json()["deployment"]
    assert [each["urn"].split("::")[0] for each in state["resources"]] == ["urn:pulumi:prod"]
    assert state["secrets_providers"]["state"] == {"project": "web", "stack": "prod"}
    assert client.ask("GET", STACK).status_code == 404


def test_lists_are_of_what_was_asked_for(client):
    client.ask("POST", "/api/stacks/somebody/api", {"stackName": "dev", "tags": {"team": "a"}})

    def listed(query):
        found = client.ask("GET", f"/api/user/stacks?{query}").json()["stacks"]
        return [each["projectName"] for each in found]

    assert listed("") == ["api", "web"]
    assert listed("project=web&organization=somebody") == ["web"]
    assert listed("tagName=team") == listed("tagName=team&tagValue=a") == ["api"]
    assert listed("tagName=team&tagValue=b") == listed("organization=nobody") == []


def test_it_goes_on_where_it_was_killed(client, tmp_path):
    update, lease = client.begin()
    entries(client, update, lease, Journal().make(1, "a"))

    again = Client(tmp_path)
    again.now = client.now
    entries(again, update, lease, Journal().make(1, "a").make(2, "b"))
    again.ask("POST", f"{update}/complete", {"status": "succeeded"}, lease)

    assert again.names() == ["a", "b"]
    assert again.token == client.token


def test_an_update_that_had_ended_when_it_was_killed_stays_what_it_was(
    client, tmp_path, monkeypatch
):
    """Between the writes of its end: it has succeeded, and keeps nobody out."""
    update, lease = client.begin()
    entries(client, update, lease, Journal().make(1, "a"))
    with monkeypatch.context() as killed:
        killed.setattr(Stack, "settle", stop)
        with pytest.raises(MemoryError):
            client.ask("POST", f"{update}/complete", {"status": "succeeded"}, lease)

    again = Client(tmp_path)
    again.now = client.now

    assert again.names() == ["a"]
    again.begin("destroy")
    _, first = again.ask("GET", f"{STACK}/updates").json()["updates"]
    assert first["result"] == "succeeded"
    assert again.names("/1") == ["a"]


def stop(*_):
    raise MemoryError


@pytest.mark.parametrize("content", [b"no json", b"[", b"\xff"])
def test_a_body_that_is_none_is_refused_in_a_sentence(client, content):
    answer = client.http.post(f"{STACK}/encrypt", content=content, headers=token(client))

    assert (answer.status_code, answer.json()["code"]) == (400, 400)


def token(client):
    return {"authorization": f"token {client.token}"}
