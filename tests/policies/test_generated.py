"""What is generated from the rules is what is in the tree, and it fits the program."""

import ast
import json
import re

import pytest

from harness.policy_pack import PACK
from policies import rules
from policies.pack import levels
from policies.pack.enforcement import LevelsError
from policies.pack.rule import ENVIRONMENTS

ROOT = PACK.parent


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_level_file_names_every_rule_and_nothing_else(environment):
    content = json.loads((PACK / "levels" / f"{environment}.json").read_text())

    assert set(content) == {rule.id for rule in rules.REGISTRY}
    for rule_id, entry in content.items():
        rule = rules.REGISTRY[rule_id]
        assert set(entry) - {"enforcementLevel"} == set(rule.settings)


@pytest.mark.parametrize(
    ("decided", "said"),
    [
        ({"no-such-rule": {}}, "names the rule 'no-such-rule'"),
        ({"worker-cpu-limit": {"maxCpu": 1}}, "sets 'maxCpu'"),
        ({"worker-cpu-limit": {"enforcementLevel": "disabled"}}, "belongs to the rule itself"),
    ],
)
def test_settings_that_fit_no_rule_are_refused(decided, said):
    with pytest.raises(LevelsError, match=said):
        levels.level_file(rules.REGISTRY, "production", decided)


def test_settings_that_are_no_object_of_objects_are_refused(tmp_path):
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "staging.json").write_text('{"worker-cpu-limit": 3}')

    with pytest.raises(LevelsError, match=r"staging.json must be an object of rule id to settings"):
        levels.read_decided(tmp_path, "staging")


def test_production_waives_nothing():
    assert "meta-waivers" not in levels.read_decided(PACK, "production")


@pytest.mark.parametrize("rule", rules.REGISTRY, ids=lambda rule: rule.id)
def test_every_rule_says_what_a_reader_needs(rule):
    assert re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)+", rule.id)
    assert rule.sentence.endswith(".")
    assert rule.sentence.count(". ") == 0
    assert rule.remedy.endswith(".")
    assert all(setting.meaning.endswith(".") for setting in rule.settings.values())
    assert rule.url.startswith("https://") or rule.subject == "meta"


def test_every_subject_is_on_the_reference_page():
    subjects = {module.__name__.rsplit(".", 1)[-1] for module in rules.SUBJECTS}

    assert {rule.subject for rule in rules.REGISTRY} == subjects


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", sorted(PACK.rglob("*.py")), ids=lambda path: path.name)
def test_the_pack_imports_nothing_of_the_program(path):
    tops = {name.partition(".")[0] for name in imported(path)}
    foreign = {top for top in tops if (ROOT / top).is_dir() or (ROOT / f"{top}.py").is_file()}

    assert foreign <= {"policies", "common"}
    assert "pulumi_cloudflare" not in tops


def test_no_module_of_the_pack_hides_a_folder_of_the_program():
    modules = {path.stem if path.is_file() else path.name for path in PACK.iterdir()}
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}

    assert modules & folders == set()
