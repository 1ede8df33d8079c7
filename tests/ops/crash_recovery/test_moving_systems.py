"""FW-4: a system between two stacks is deleted by neither, and made by neither a second time."""

from functools import partial
from typing import Any, cast

import pytest
import yaml

from ops.crash_recovery import moving_systems
from ops.errors import OpsError
from ops.paths import Paths
from ops.stack import state
from ops.stack.session import Session
from ops.stack.target import read_target
from ops.stack.tools import Tools

PLATFORM = "urn:pulumi:staging::chittyos::chittyos:system:Platform::platform"
HELD = [
    {
        "urn": f"{PLATFORM.rpartition('::')[0]}$chittyos:system:System::{name}",
        "type": "chittyos:system:System",
        "parent": PLATFORM,
    }
    for name in ("chittyid", "superinstance")
]


@pytest.fixture
def before(tmp_path, monkeypatch):
    """Look at one of two stacks before a command; the state of `staging` has two systems."""

    def resources(session):
        if session.target.name == "staging":
            return HELD
        raise OpsError("pulumi stack failed: no stack named")

    monkeypatch.setattr(state, "resources", resources)

    def looked_at(look, systems, other, theirs, *, of="staging", **differs):
        for name, has, more in (("staging", systems, {}), (other, theirs, differs)):
            said = {"environment": "staging", "systems": has, **more}
            config = {f"chittyos:{key}": value for key, value in said.items() if value}
            (tmp_path / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}))
        paths, tools = Paths(tmp_path), cast("Tools", None)
        look(Session(paths, read_target(paths, of), tools))

    return looked_at


@pytest.fixture
def up(before):
    return partial(before, moving_systems.refuse)


LOOKS = {"up": moving_systems.refuse, "destroy": moving_systems.refuse_to_destroy}


@pytest.mark.parametrize("command", LOOKS)
def test_what_another_stack_took_over_is_not_deleted(before, command):
    with pytest.raises(OpsError, match="ops split staging staging-b superinstance") as refused:
        before(LOOKS[command], ["chittyid"], "staging-b", ["superinstance"])

    assert f"this {command} would delete it; nothing was changed" in str(refused.value)


def test_what_the_other_stack_still_has_is_not_made_a_second_time(up):
    with pytest.raises(OpsError, match="ops split staging staging-b superinstance") as refused:
        up(["chittyid"], "staging-b", ["superinstance"], of="staging-b")

    assert "this up would make it a second time; nothing was changed" in str(refused.value)


GOES_ON: dict[str, tuple[Any, str, Any, dict[str, Any]]] = {
    "it still has all": (["chittyid", "superinstance"], "staging-b", ["onepassword_connect"], {}),
    "nobody took it over": (["chittyid"], "staging-b", ["project_awareness"], {}),
    "another environment has it": (
        ["chittyid"],
        "live",
        ["superinstance"],
        {"environment": "production"},
    ),
    "another account has it": (["chittyid"], "their", ["superinstance"], {"account": "ab" * 16}),
    "a rehearsal has it": (["chittyid"], "trial", ["superinstance"], {"rehearsal": True}),
    "it names no systems": (None, "staging-b", ["superinstance"], {}),
}


@pytest.mark.parametrize("given", GOES_ON.values(), ids=GOES_ON)
def test_what_was_given_up_is_for_the_plan_to_show(up, given):
    *stacks, differs = given
    up(*stacks, **differs)


def test_a_system_that_no_state_has_is_made(up):
    up(["chittyid", "superinstance"], "staging-b", ["onepassword_connect"], of="staging-b")


def test_a_stack_that_was_never_made_holds_nothing_back(up):
    up(["chittyid", "superinstance", "project_awareness"], "staging-b", ["onepassword_connect"])


def test_a_stack_of_a_pull_request_takes_nothing_over(up, monkeypatch):
    monkeypatch.setattr(moving_systems, "is_throwaway", lambda target: target.name == "pr-7")

    up(["chittyid"], "pr-7", ["superinstance"])
    up(["chittyid"], "pr-7", ["superinstance"], of="pr-7")
