"""The changes that docs/how-to.md shows, made to a clone: what they add is registered."""

import json
import re
import sqlite3
import subprocess
import sys
import textwrap

import pytest

from components.database import read_files
from config.history import load_history
from harness.clone import ROOT, make_clone
from planning.durable_objects import check_history
from planning.ledger import EMPTY, plan
from planning.refusals import RefusedError
from tests.docs.test_how_to import recipe
from tests.systems.with_tiny import add_tiny

FILE = re.compile(
    r"^ *`(systems/[\w/.]+)`.*:\n\n *```(?:ts|sql)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL
)
DIFF = re.compile(r"^```diff\n(.*?)^```$", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"^ *```yaml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)

SHOW = """
import json
from systems.platform import build
from systems.registry import SYSTEMS
from tests.config.examples import good
from tests.support import deploy
from tests.systems.test_tiny import OWN_SECRETS, load

config = load({**good(), **OWN_SECRETS}, systems=SYSTEMS)
made = deploy(lambda: build(config, SYSTEMS), stack="development")
print(json.dumps({name: each.inputs for name, each in made.items()}))
"""


@pytest.fixture
def clone(tmp_path):
    """Give a clone with Tiny in it."""
    made = make_clone(tmp_path / "clone", port=20_000)
    add_tiny(made.root)
    configure(made, (ROOT / "tests/systems/tiny/example.yaml").read_text())
    return made


def configure(clone, block):
    with clone.configuration().open("a") as file:
        file.write(textwrap.indent(textwrap.dedent(block), "  "))


def apply(clone, heading):
    """Make the change that is shown under *heading*: its files, its diff."""
    for name, text in FILE.findall(recipe(heading)):
        path = clone.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    for diff in DIFF.findall(recipe(heading)):
        subprocess.run(["git", "apply", "-"], cwd=clone.root, input=diff, text=True, check=True)


def registered(clone):
    """Return what the program of the clone registers, by type and name."""
    done = subprocess.run(
        [sys.executable, "-c", SHOW], cwd=clone.root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_binding_that_is_added_reaches_the_worker(clone):
    apply(clone, "Add a binding to a worker")

    made = registered(clone)

    script = made["WorkersScript chittyconnect-worker"]["bindings"]["value"]
    assert [each["type"] for each in script if each["name"] == "CACHE"] == ["kv_namespace"]
    namespace = made["WorkersKvNamespace chittyconnect-cache"]
    assert namespace["title"] == "chittyconnect-cache-development"
    assert (
        "CACHE: KVNamespace;"
        in (clone.root / "systems/chittyconnect/workers/connect/env.ts").read_text()
    )


def test_a_worker_that_is_added_is_deployed_with_its_schedule(clone):
    apply(clone, "Add a worker")
    block, _ = YAML.findall(recipe("Add a worker"))
    configure(clone, block)

    made = registered(clone)

    assert made["WorkersScript tiny-sweeper"]["scriptName"] == "tiny-sweeper-development"
    assert made["WorkersCronTrigger tiny-sweeper-cron"]["schedules"] == [{"cron": "17 3 * * *"}]
    assert "swept at" in (clone.root / ".build/tiny-sweeper-development/index.mjs").read_text()


def test_a_step_of_a_history_without_its_digest_is_told_it(tmp_path):
    _, history = YAML.findall(recipe("Add a worker"))
    file = tmp_path / "durable_objects.yaml"
    file.write_text(textwrap.dedent(history))

    with pytest.raises(RefusedError, match=r"step v1 has no digest; .*add to it: digest: '\w{16}'"):
        check_history(load_history(file))


def test_a_table_that_is_added_is_the_last_file_and_what_sqlite_takes():
    ((name, sql),) = FILE.findall(recipe("Add a table to a database"))
    before = read_files((ROOT / name).parent)

    assert (ROOT / name).name > before[-1].name
    with sqlite3.connect(":memory:") as database:
        for file in before:
            database.executescript(file.sql)
        database.executescript(sql)
        columns = database.execute("SELECT name FROM pragma_table_info('shares')").fetchall()
    assert ("document_id",) in columns
    assert [file.name for file in plan(before, EMPTY)] == [file.name for file in before]


PYTHON = re.compile(r"^   ```python\n(.*?)^   ```$", re.MULTILINE | re.DOTALL)

JUDGE = """
import json
import sys

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import QUEUE
from tests.policies.support import Case, change
from tests.policies.test_rules import judge

rule_shown, case_shown = json.load(sys.stdin)
exec(rule_shown)
case = eval(case_shown)
broken = [judge(case, change(case.good, path, value)) for path, value in case.breaks]
print(json.dumps([judge(case, case.good), broken]))
"""


def test_the_rule_that_is_shown_accepts_and_refuses_what_its_fixtures_say():
    shown = [
        textwrap.dedent(text) for text in PYTHON.findall((ROOT / "docs/policies.md").read_text())
    ]
    done = subprocess.run(
        [sys.executable, "-c", JUDGE],
        cwd=ROOT,
        input=json.dumps(shown),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    good, ((broken,),) = json.loads(done.stdout)
    assert good == []
    assert broken.startswith("`settings.messageRetentionPeriod` is 60.0, below 86400.")
