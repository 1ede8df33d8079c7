"""FW-4: an `up` deletes no system that another stack of the environment has by its file."""

from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from ops.errors import OpsError
from ops.paths import Paths
from ops.recovery import moved
from ops.stack import state
from ops.stack.target import read_target

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
def up(tmp_path, monkeypatch):
    """Look at a stack of these systems, beside another, before an `up`; its state has two."""
    monkeypatch.setattr(state, "resources", lambda _: HELD)

    def looked_at(systems, other, theirs, environment="staging"):
        for name, has, kind in (("staging", systems, "staging"), (other, theirs, environment)):
            config = {"chittyos:environment": kind} | ({"chittyos:systems": has} if has else {})
            (tmp_path / f"Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": config}))
        paths = Paths(tmp_path)
        session: Any = SimpleNamespace(paths=paths, target=read_target(paths, "staging"))
        moved.refuse(session)

    return looked_at


def test_what_another_stack_took_over_is_not_deleted(up):
    with pytest.raises(OpsError, match="ops split staging staging-b superinstance"):
        up(["chittyid"], "staging-b", ["superinstance"])


GOES_ON = {
    "it still has all": (["chittyid", "superinstance"], "staging-b", ["onepassword_connect"]),
    "nobody took it over": (["chittyid"], "staging-b", ["project_awareness"]),
    "another environment has it": (["chittyid"], "live", ["superinstance"], "production"),
    "it names no systems": (None, "staging-b", ["superinstance"]),
}


@pytest.mark.parametrize("given", GOES_ON.values(), ids=GOES_ON)
def test_what_was_given_up_is_for_the_plan_to_show(up, given):
    up(*given)


def test_a_stack_of_a_pull_request_takes_nothing_over(up, monkeypatch):
    monkeypatch.setattr(moved, "is_throwaway", lambda target: target.name == "pr-7")

    up(["chittyid"], "pr-7", ["superinstance"])
