"""The nine points (ID-6) and the answers of the reference, on the real runtime (ID-3)."""

import json
import re

import httpx
import jsonschema  # type: ignore[import-untyped]
import pytest

from components.bundle import ROOT
from ops.health import smoke
from systems.chittyid.system import SYSTEM
from tests.support_runtime import eventually
from tests.systems.chittyid.conftest import ADMIN, HOST, SERVICE, IdStack

pytestmark = pytest.mark.workerd

REFERENCE = json.loads((ROOT / "docs/api/chittyid.json").read_text())
SECRETS = {"chittyid:ADMIN_TOKEN": ADMIN, "chittyid:CHITTY_ID_TOKEN": SERVICE}
ADDRESSES = [{"system": "chittyid", "url": f"https://{HOST}"}]
WANTED = {"description": "A pipeline", "scopes": ["mint", "validate"], "expires_in": "365d"}


def described(answer: httpx.Response) -> httpx.Response:
    """Hold *answer* to the reference: a status that it names, with the JSON that it describes."""
    template = re.sub(r"CHITTY-[\w-]+|\d\d-C-[\w-]+", "{chittyId}", answer.request.url.path)
    template = re.sub(r"tok_\w+", "{tokenId}", template)
    responses = REFERENCE["paths"][template][answer.request.method.lower()]["responses"]
    said = responses[str(answer.status_code)]
    schema = said.get("content", {}).get("application/json", {}).get("schema")
    if schema is not None:
        whole = {**schema, "components": REFERENCE["components"]}
        jsonschema.Draft202012Validator(whole).validate(answer.json())
    return answer


def verified(chittyid: IdStack, secrets: dict[str, str]) -> list[smoke.Result]:
    edge = chittyid.cloud.edge_port
    return smoke.run([SYSTEM], ADDRESSES, edge_port=edge, secret=secrets.get)


def test_the_nine_points_hold_however_often_they_are_asked(chittyid: IdStack) -> None:
    """ID-V1, ID-V2, ID-V3, ID-V4, ID-V5, ID-V6, ID-V7, ID-V8, ID-V9."""
    assert len(SYSTEM.smoke) == 9
    for _ in range(2):
        assert [each.fault for each in verified(chittyid, SECRETS)] == [""] * 9

    minted = chittyid.sql("SELECT number FROM ids WHERE idempotency_key = 'ops-verify'")
    assert len(minted) == 1


def test_a_point_that_cannot_be_asked_is_no_point_that_holds(chittyid: IdStack) -> None:
    results = verified(chittyid, {"chittyid:CHITTY_ID_TOKEN": "wrong"})

    assert [each.fault for each in results if each.request.bearer] == [
        "201 is expected",
        *["200 is expected"] * 3,
        "ADMIN_TOKEN cannot be read here",
    ]
    assert SERVICE not in str(results)


def test_every_answer_is_as_its_reference_says(chittyid: IdStack) -> None:
    record = described(chittyid.mint()).json()
    described(chittyid.ask("GET", f"/v1/ids/{record['chittyId']}"))
    described(chittyid.ask("GET", f"/v1/validate/{record['chittyId']}"))
    described(chittyid.ask("GET", "/v1/validate/01-C-PROD-0001-P-2501-A-X"))
    described(chittyid.ask("GET", "/health", token=None))
    described(chittyid.mint(entity_type="DOG"))
    described(chittyid.ask("POST", "/v1/mint", token=None, json={}))
    described(chittyid.ask("POST", "/v1/mint", token=ADMIN, json={}))

    assert record["chittyId"].startswith("CHITTY-EVNT-")


def test_a_token_is_generated_rotated_and_revoked(chittyid: IdStack) -> None:
    path = "/admin/tokens/generate"
    first = described(chittyid.ask("POST", path, token=ADMIN, json=WANTED)).json()
    assert chittyid.ask(
        "POST", "/v1/mint", token=first["token"], json={"entity_type": "PEO"}
    ).is_success

    rotate = f"/admin/tokens/{first['token_id']}/rotate"
    times = {"expires_in": "30d", "overlap": "1h"}
    second = described(chittyid.ask("POST", rotate, token=ADMIN, json=times)).json()
    for each in (first, second):
        valid = chittyid.ask("GET", "/v1/validate/CHITTY-EVNT-0001234-A1B2", token=each["token"])
        assert valid.json()["valid"] is True

    described(chittyid.ask("DELETE", f"/admin/tokens/{second['token_id']}", token=ADMIN))
    listed = described(chittyid.ask("GET", "/admin/tokens", token=ADMIN)).text
    assert first["token_id"] in listed
    assert first["token"] not in listed


def test_what_the_log_says_holds_no_token(chittyid: IdStack) -> None:
    made = chittyid.ask("POST", "/admin/tokens/generate", token=ADMIN, json=WANTED).json()
    chittyid.ask("GET", "/v1/validate/nonsense", token=made["token"])

    def lines() -> str:
        return json.dumps(chittyid.cloud.result("GET", "/local/logs"))

    eventually(lambda: made["token_id"] in lines(), expected=True)  # follows its answer
    assert not any(token in lines() for token in (made["token"], ADMIN, SERVICE))


def test_a_record_is_served_from_the_cache_of_the_data_centre(chittyid: IdStack) -> None:
    """W7: neither D1 nor KV has it any more."""
    record = chittyid.mint().json()
    chittyid.sql(f"DELETE FROM ids WHERE number = {int(record['chittyId'].split('-')[2])}")  # noqa: S608

    assert chittyid.ask("GET", f"/v1/ids/{record['chittyId']}").json() == record
    lines = json.dumps(chittyid.cloud.result("GET", "/local/logs"))
    assert "edge_cache_failed" not in lines
