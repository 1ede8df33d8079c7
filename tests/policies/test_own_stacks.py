"""The project's own stacks are clean at their own levels, and a weakened program is stopped."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.ops.conftest import clone

__all__ = ["clone"]
pytestmark = [pytest.mark.engine, pytest.mark.workerd]


def previewed(clone, tmp_path, stack, *options):
    plan = tmp_path / "plan.json"
    done = clone.ops("preview", stack, *options, "--out", str(plan))
    return done, json.loads(plan.read_text())["policies"]


@pytest.mark.parametrize(
    ("stack", "options"),
    [("development", ()), ("staging", ("--local",)), ("production", ("--local",))],
)
def test_a_stack_of_the_project_is_clean(clone, tmp_path, stack, options):
    """FW-10: one of its rules wants logs."""
    done, policies = previewed(clone, tmp_path, stack, *options)

    assert done.code == 0, done.said
    assert policies["mandatory"] == []
    assert policies["advisory"], "the preview of a new stack has values that are not known yet"


@pytest.fixture
def weakened(clone):
    """Change one text of a file of the program for a while."""
    originals: dict[Path, str] = {}

    def change(file, before, after):
        path = clone.root / file
        originals.setdefault(path, path.read_text())
        text = path.read_text()
        assert before in text, f"{file} no longer has {before!r}"
        path.write_text(text.replace(before, after, 1))

    yield change
    for path, text in originals.items():
        path.write_text(text)


PLAIN = ("components/worker.py", '"text": text}', '"text": "YOUR_TOKEN_HERE_REPLACE_ME"}')
NAMED = (
    "components/worker.py",
    'made[name] = {"name": name,',
    'made[name] = {"name": "API_TOKEN",',
)
OPEN = ("components/bucket.py", '"origins": list(rule.origins)', '"origins": ["*"]')
FORGOTTEN = ("components/worker.py", '"className": bound.class_name}', '"className": "Forgotten"}')
UNPROTECTED = ("components/retention.py", "protect=retain, ", "protect=False, ")
FIRST_FIVE = {
    "secrets-no-placeholder",
    "worker-secret-in-plain-binding",
    "r2-no-wildcard-cors",
    "do-binding-has-migration",
    "stateful-protected",
}


def test_a_weakened_program_is_stopped_before_anything_is_deployed(clone, weakened):
    weakened(*PLAIN)
    weakened(*NAMED)
    done = clone.ops("up", "development")

    assert done.code == 1
    assert "worker-secret-in-plain-binding" in done.said
    assert "secrets-no-placeholder" in done.said
    assert "Fix: " in done.said
    assert "WorkersScript" not in {each["type"].rsplit(":", 1)[-1] for each in scripts(clone)}


def test_each_of_the_first_five_rules_stops_a_preview_of_production(clone, tmp_path, weakened):
    for change in (PLAIN, NAMED, OPEN, FORGOTTEN, UNPROTECTED):
        weakened(*change)
    done, policies = previewed(clone, tmp_path, "production", "--local")

    assert done.code == 1
    assert {text.split(":")[0] for text in policies["mandatory"]} >= FIRST_FIVE


def test_a_zone_that_lacks_a_setting_of_its_baseline_is_stopped(clone, tmp_path, weakened):
    weakened("systems/zones.py", '"always_use_https": "on",', "")
    done, policies = previewed(clone, tmp_path, "production", "--local")

    assert done.code == 1
    (text,) = [text for text in policies["mandatory"] if text.startswith("graph-zone-baseline")]
    assert "always_use_https 0 times, not once" in text


def scripts(clone):
    state = clone.state()
    resources = json.loads(state)["checkpoint"]["latest"] if state else None
    return [each for each in (resources or {}).get("resources", ()) if each.get("custom")]


def test_the_explanation_says_what_was_seen(clone):
    clone.ops("preview", "development")
    done = subprocess.run(
        [sys.executable, "-m", "policies.explain"],
        cwd=clone.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "development (development): last preview" in done.stdout
    looked = r"development: looked at [^\n]*R2BucketCors chittyconnect-documents-cors"
    assert re.search(looked, done.stdout)
    assert "could not see WorkersScript chittyconnect-worker: bindings[" in done.stdout
