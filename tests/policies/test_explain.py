"""What is wrong with a stack file is said in a sentence, also where only rules are explained."""

from pathlib import Path

import pytest

from policies import rules
from policies.explain import ExplainError, explain

LEVELS = Path(__file__).parents[2] / "policies" / "levels"

BROKEN = {
    "not YAML": b"config: [",
    "not UTF-8": b"config: \xff",
    "a list": b"- config",
    "a text for the configuration": b"config: none",
}


def explained(tmp_path, content):
    (tmp_path / "Pulumi.mine.yaml").write_bytes(content)
    return list(explain(rules.REGISTRY, tmp_path, LEVELS))


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_stack_file_is_named_with_what_to_do(tmp_path, content):
    with pytest.raises(
        ExplainError, match=r"^Pulumi\.mine\.yaml cannot be read; make preview STACK=mine says"
    ):
        explained(tmp_path, content)


def test_an_environment_without_levels_is_named_beside_those_with(tmp_path):
    with pytest.raises(ExplainError, match=r"is tset, which .* give development, production, st"):
        explained(tmp_path, b"config: {'chittyos:environment': tset}")


def test_a_stack_without_an_environment_is_no_stack_of_this_program(tmp_path):
    lines = explained(tmp_path, b"")

    assert "mine" not in "".join(lines)
