"""What differs is judged: noise by resource and attribute, drift, loss, and noise that is none."""

import json

import pytest
from pulumi.automation.events import EngineEvent

from ops.drift import drift_report
from ops.drift.drift_findings import Kind, harmless, judge
from ops.drift.drift_rules import Declared, Harmless, Noise, read
from ops.engine.report import Report
from ops.errors import OpsError
from tests.ops.preview.test_plan import state

TYPES = {
    "R2Bucket": "cloudflare:index/r2Bucket:R2Bucket",
    "Queue": "cloudflare:index/queue:Queue",
    "R2BucketCors": "cloudflare:index/r2BucketCors:R2BucketCors",
}
RULES = {"rules": [{"id": "a", "maxAge": 1}, {"id": "b", "maxAge": 2}]}
AGED = {"rules": [{"id": "a", "maxAge": 1}, {"id": "b", "maxAge": 9}]}


def found(*steps, declared=None):
    """Judge what a refresh says: kind, name, what was, what is."""
    report = Report()
    for kind, name, before, after in steps:
        urn = f"urn:pulumi:live::chittyos::{TYPES[kind]}::{name}"
        op = "delete" if after is None else ("same" if before == after else "update")
        new = None if after is None else state(urn, after, outputs=after)
        metadata = {
            "op": op,
            "urn": urn,
            "type": "",
            "provider": "",
            "old": state(urn, before, outputs=before),
            "new": new,
        }
        report(EngineEvent.from_json({"resOutputsEvent": {"metadata": metadata}}))
    return judge("live", report, declared or Declared())


def noise(attribute, resource="R2BucketCors docs"):
    return Noise(resource=resource, attribute=attribute, why="Cloudflare fills it in", stack="live")


def kinds(drift):
    return {each.resource: each.kind for each in drift.findings}


def test_every_resource_is_one_of_the_kinds():
    drift = found(
        ("R2BucketCors", "docs", RULES, AGED),
        ("R2Bucket", "docs", {"name": "docs"}, None),
        ("Queue", "jobs", {"delay": 0}, {"delay": 0}),
        ("R2BucketCors", "noisy", RULES, AGED),
        declared=Declared(noise=(noise("rules", "R2BucketCors noisy"),)),
    )

    assert kinds(drift) == {
        "R2BucketCors docs": Kind.DRIFTED,
        "R2Bucket docs": Kind.MISSING,
        "Queue jobs": Kind.UNCHANGED,
        "R2BucketCors noisy": Kind.SKIPPED,
    }
    assert drift_report.told(drift) == "1 unchanged, 1 drifted, 1 missing, 1 skipped"
    assert drift.of(Kind.SKIPPED)[0].reason == "Cloudflare fills it in"
    assert not drift.is_clean


def test_a_store_that_is_gone_is_said_as_lost_and_stands_first():
    drift = found(
        ("R2BucketCors", "a-rule", RULES, None), ("R2Bucket", "docs", {"name": "docs"}, None)
    )

    said = list(drift_report.lines(drift))
    assert said[0] == "lost: R2Bucket docs (every object in it is lost)"
    assert said[1] == "missing: R2BucketCors a-rule"
    assert "not made again by itself" in said[-1]
    assert [each["lost"] for each in drift_report.document(drift)["resources"]] == [True, False]


def test_noise_is_of_one_resource_and_attribute():
    changed = ("R2BucketCors", "docs", RULES, AGED)
    other = ("R2BucketCors", "more", RULES, AGED)
    declared = Declared(noise=(noise("rules[*].maxAge"),))

    drift = found(changed, other, declared=declared)

    assert kinds(drift) == {"R2BucketCors docs": Kind.SKIPPED, "R2BucketCors more": Kind.DRIFTED}
    assert not found(changed, declared=Declared(noise=(noise("rules[*].id"),))).is_clean
    assert found(changed, declared=declared).is_clean


def test_noise_that_does_not_occur_any_more_fails():
    declared = Declared(noise=(noise("rules[*].maxAge"),))

    drift = found(("R2BucketCors", "docs", RULES, RULES), declared=declared)

    assert not drift.is_clean
    assert list(drift_report.lines(drift)) == [
        "noise that is none any more: R2BucketCors docs: rules[*].maxAge; remove it from drift.yaml"
    ]


def test_only_what_is_harmless_as_a_whole_may_be_put_back():
    entry = Harmless(resource="R2BucketCors docs", attribute="rules[*].maxAge", why="an age")
    declared = Declared(repair=(entry,))
    aged = found(("R2BucketCors", "docs", RULES, AGED))
    more = found(("R2BucketCors", "docs", RULES, {**AGED, "bucketName": "other"}))

    (urn,) = harmless(aged, declared)
    assert urn.endswith("::docs")
    assert harmless(more, declared) == {}
    assert kinds(aged.repaired([urn])) == {"R2BucketCors docs": Kind.REPAIRED}
    assert aged.repaired([urn]).is_clean


HOSTILE = "` | evil \u202e\n# heading </code> <b>"


def test_an_issue_is_inert_and_found_again_by_its_marker():
    text = drift_report.issue(found(("Queue", "jobs", {"name": "q"}, {"name": HOSTILE})))

    assert text.startswith("<!-- chittyos-drift live -->\n")
    assert "\u202e" not in text
    assert not [line for line in text.splitlines() if line.startswith("#")]
    (line,) = [line for line in text.splitlines() if "evil" in line]
    assert line.startswith("  - `name: q → ")
    assert line.endswith("`")
    assert line.count("`") == 2
    assert "|" not in line


def test_an_issue_that_is_too_long_is_cut_and_says_so():
    many = [("Queue", f"jobs-{n}", {"name": "q" * 40}, {"name": "r" * 40}) for n in range(2_000)]

    text = drift_report.issue(found(*many))

    assert len(text) < 65_536
    assert "lines are left out" in text
    assert "this issue closes when nothing is left" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("noise: [{resource: a b, attribute: x, why: y}]", "noise.0.stack: Field required"),
        ("noise: [{resource: R2Bucket, attribute: x, why: y, stack: s}]", "noise.0.resource"),
        ("repair: [{resource: Queue q, attribute: '', why: y}]", "repair.0.attribute"),
        ("noise: [", "cannot be read as YAML"),
        ("silence: []", "silence: Extra inputs are not permitted"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_by_its_path(tmp_path, text, said):
    (tmp_path / "drift.yaml").write_text(text)

    with pytest.raises(OpsError, match=r"^drift\.yaml") as refused:
        read(tmp_path)
    assert said in str(refused.value)


def test_the_json_has_every_resource_with_what_differs():
    told = json.loads(
        json.dumps(drift_report.document(found(("R2BucketCors", "docs", RULES, AGED))))
    )

    assert told["counts"]["drifted"] == 1
    (resource,) = told["resources"]
    assert resource["differences"] == [
        {"attribute": "rules[b].maxAge", "state": "2", "account": "9"}
    ]
