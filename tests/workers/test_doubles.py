"""The cases that the doubles of `workers/lib/testing` are held to, on the runtime itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.workers.stack import ConnectStack

pytestmark = pytest.mark.workerd

CONTRACT = Path(__file__).parents[1] / "contract"
SCRIPT = "doubles-test"
HOST = "doubles-test.chitty.cc"
Case = dict[str, Any]


def cases(kind: str) -> list[Case]:
    """Read the cases of one binding."""
    found: list[Case] = json.loads((CONTRACT / f"{kind}.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def doubles(connect: ConnectStack) -> ConnectStack:
    """Deploy a worker beside ChittyConnect that does what a case asks."""
    cloud = connect.cloud
    kv = cloud.result("POST", cloud.account("/storage/kv/namespaces"), json={"title": SCRIPT})
    database = cloud.result("POST", cloud.account("/d1/database"), json={"name": SCRIPT})
    cloud.result("POST", cloud.account("/r2/buckets"), json={"name": SCRIPT})
    bindings = [
        {"type": "r2_bucket", "name": "R2", "bucket_name": SCRIPT},
        {"type": "kv_namespace", "name": "KV", "namespace_id": kv["id"]},
        {"type": "d1", "name": "DB", "id": database["uuid"]},
        {"type": "durable_object_namespace", "name": "OBJECTS", "class_name": "Stored"},
    ]
    code = (Path(__file__).parent / "doubles_worker.mjs").read_text(encoding="utf-8")
    migrations = {"new_tag": "v1", "new_sqlite_classes": ["Stored"]}
    cloud.upload(SCRIPT, {"index.mjs": code}, bindings=bindings, migrations=migrations)
    domain = {"hostname": HOST, "service": SCRIPT, "zone_id": cloud.zone_id}
    domain["environment"] = "production"
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)
    return connect


def ask(doubles: ConnectStack, kind: str, **case: Any) -> Any:
    """Have the worker do what *case* asks; return what came of it."""
    answer = doubles.cloud.at(HOST, f"/{kind}", "POST", json=case)
    assert answer.is_success, answer.text
    return answer.json()


def agrees(answer: Any, expected: Any) -> bool:
    """Return whether *answer* is *expected*; an error is known by a part of its message."""
    if isinstance(expected, dict) and "error" in expected:
        return isinstance(answer, dict) and expected["error"] in answer.get("error", "\0")
    return bool(answer == expected)


@pytest.mark.parametrize("case", cases("d1"), ids=lambda case: case["name"])
def test_d1_binds_limits_and_counts_as_its_double(doubles: ConnectStack, case: Case) -> None:
    padding = case.get("pad", 0) - len(case["sql"]) + 1
    sql = case["sql"].replace("%", "x" * padding) if "pad" in case else case["sql"]

    answer = ask(doubles, "d1", setup=case.get("setup", []), sql=sql, params=case["params"])

    expected = {name: case[name] for name in ("rows", "changes", "error") if name in case}
    if "error" in expected:
        assert agrees(answer, expected), answer
    else:
        assert {name: answer.get(name) for name in expected} == expected, answer


@pytest.mark.parametrize("kind", ["kv", "object", "r2"])
def test_stores_answer_as_their_doubles(doubles: ConnectStack, kind: str) -> None:
    for case in cases(kind):
        answers = ask(doubles, kind, name=case["name"], steps=case["do"])

        paired = zip(case["do"], answers, case["answers"], strict=True)
        wrong = [each for each in paired if not agrees(each[1], each[2])]
        assert not wrong, (case["name"], wrong)


@pytest.mark.parametrize("case", cases("socket"), ids=lambda case: f"{case['code']}")
def test_a_socket_is_closed_as_its_double(doubles: ConnectStack, case: Case) -> None:
    answer = ask(doubles, "socket", code=case["code"], reason=case["reason"])

    expected = None if case["error"] is None else {"error": case["error"]}
    assert agrees(answer, expected), answer
