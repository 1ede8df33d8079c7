"""What a run did, out of the events of the engine."""

from pulumi.automation.events import EngineEvent

from ops.engine.report import Report
from ops.preview.preview_document import document_of

URN = "urn:pulumi:s::chittyos::x:y:Z$cloudflare:index/{}::{}"
BUCKET = URN.format("r2Bucket:R2Bucket", "documents")
STACK = "urn:pulumi:s::chittyos::pulumi:pulumi:Stack::chittyos-s"


def step(op, urn, *, custom=True, protect=False, inputs=None, **more):
    state = {
        "type": urn.split("::")[2],
        "urn": urn,
        "id": "",
        "parent": "",
        "provider": "",
        "custom": custom,
        "protect": protect,
        "inputs": inputs or {},
        "outputs": {},
    }
    return {
        "op": op,
        "urn": urn,
        "type": state["type"],
        "provider": "",
        "new": state,
        **more,
    }


def feed(report, *events):
    for number, event in enumerate(events):
        report(EngineEvent.from_json({"sequence": number, "timestamp": 0, **event}))
    return report


def begins(metadata):
    return {"resourcePreEvent": {"metadata": metadata}}


def says(severity, message, urn=None):
    return {
        "diagnosticEvent": {"severity": severity, "message": message, "color": "never", "urn": urn}
    }


def judges(level, message):
    return {
        "policyEvent": {
            "message": message,
            "color": "never",
            "policyName": "no-star",
            "policyPackName": "chittyos",
            "policyPackVersion": "1",
            "policyPackVersionTag": "1",
            "enforcementLevel": level,
            "resourceUrn": BUCKET,
        }
    }


def test_nothing_but_the_stack_itself_is_no_change():
    report = feed(Report(), begins(step("same", BUCKET)), begins(step("update", STACK)))

    assert not report.changed


def test_a_step_is_told_as_it_begins_and_only_real_resources_as_they_are_done():
    begun: list[str] = []
    done: list[str] = []
    report = Report(on_step=begun.append, on_done=done.append)
    group = step("create", URN.format("x:Group", "group"), custom=False)

    feed(
        report,
        begins(step("create", BUCKET)),
        {"resOutputsEvent": {"metadata": step("create", BUCKET)}},
        {"resOutputsEvent": {"metadata": group}},
    )

    assert begun == ["create R2Bucket documents"]
    assert done == ["created R2Bucket documents"]


def test_an_error_names_its_resource_once():
    report = feed(Report(), says("error", "409: exists", BUCKET), says("error", "preview failed"))

    assert report.problems() == ["R2Bucket documents: 409: exists"]


def test_what_the_engine_says_of_our_own_plugins_is_left_out():
    report = feed(
        Report(),
        says("warning", "using pulumi-resource-cloudflare from $PATH at /x"),
        says("debug", "props=fields { hunter2 }"),
        says("warning", "old flag"),
        says("warning", "old flag"),
    )

    assert report.warnings == ["old flag"]
    assert report.errors == []


def test_a_mandatory_policy_stops_and_an_advisory_one_advises_in_one_line_with_its_remedy():
    report = feed(
        Report(),
        judges("mandatory", "a star.\nFix: name it."),
        judges("advisory", "a dot.\nFix: none."),
        judges("advisory", "a dot.\nFix: none."),
    )

    assert report.violations == ["no-star: R2Bucket documents: a star.\nFix: name it."]
    assert report.advice == ["no-star: R2Bucket documents: a dot. Fix: none."]


def test_a_plan_has_the_form_of_the_engine_s_own():
    changed = step(
        "replace",
        BUCKET,
        protect=True,
        inputs={"name": "new", "token": "[secret]"},
        keys=["name"],
        diffs=["name"],
        detailedDiff={"name": {"diffKind": "update-replace", "inputDiff": True}},
    )

    plan = document_of(feed(Report(), begins(changed)))

    (found,) = plan["steps"]
    assert found["op"] == "replace"
    assert found["newState"]["protect"] is True
    assert found["newState"]["inputs"]["token"] == "[secret]"
    assert found["replaceReasons"] == ["name"]
    assert found["detailedDiff"] == {"name": {"kind": "update-replace"}}


def test_what_a_refresh_found_is_a_change_though_it_took_no_step():
    same = feed(Report(), {"resOutputsEvent": {"metadata": step("same", BUCKET)}})
    gone = feed(Report(), {"resOutputsEvent": {"metadata": step("delete", BUCKET)}})

    assert not same.changed
    assert gone.changed
    assert [step.urn for step in gone.differing()] == [BUCKET]
