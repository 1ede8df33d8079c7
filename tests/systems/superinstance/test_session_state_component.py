"""What session-state is bound to in each stack, and what its block refuses (SI-1, SI-4)."""

import pytest

import config
from systems.superinstance.system import SYSTEM
from tests.config.examples import ROOT
from tests.systems.superinstance.test_component import STACKS, load, stacks, values

__all__ = ["stacks"]

WORKER = "WorkersScript superinstance-session-state"


def bindings(resources):
    """Give what session-state is bound to, by name."""
    return {it["name"]: it for it in resources[WORKER].inputs["bindings"]}


@pytest.mark.parametrize("stack", STACKS)
def test_it_has_what_it_reads_and_nothing_else(stacks, stack):
    """SI-A18."""
    code = (ROOT / "systems/superinstance/workers/session_state/env.ts").read_text()
    read = {line.strip().partition(":")[0] for line in code.splitlines() if line.endswith(";")}
    uses = SYSTEM.workers(load(values(stack), stack).blocks["superinstance"].settings)
    (used,) = (use for use in uses if use.path == "session_state.worker")

    bound = bindings(stacks[stack])
    assert set(bound) == {name for name in read if name.isupper()} == used.bindings
    assert bound["SESSION_STATE"]["className"] == "SessionState"
    assert bound["MESSAGES_PER_SESSION"]["text"] == "1000"


@pytest.mark.parametrize("stack", STACKS)
def test_no_host_and_no_route_lead_to_it(stacks, stack):
    script = f"superinstance-session-state-{stack}"
    led = [
        name
        for name, resource in stacks[stack].items()
        if name.startswith(("WorkersCustomDomain", "WorkersRoute"))
        and script in (resource.inputs.get("service"), resource.inputs.get("script"))
    ]

    assert led == []


def test_sessions_stay_outside_development(stacks):
    assert [stacks[stack][WORKER].protect for stack in STACKS] == [False, False, True, True]
    assert [stacks[stack][WORKER].retain for stack in STACKS] == [False, False, True, True]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sessions_per_user", 0),
        ("sessions_per_user", 1_001),
        ("messages_per_session", 1),
        ("messages_per_session", 10_001),
        ("recalled_messages", 1_001),
        ("recalled_messages", 2.5),
        ("host", "sessions.chitty.cc"),
    ],
)
def test_its_block_is_refused_with(name, value):
    block = {**values()["superinstance:session_state"], name: value}

    with pytest.raises(config.ConfigError) as raised:
        load(values(**{"superinstance:session_state": block}))

    assert f"superinstance:session_state.{name}" in {each.path for each in raised.value.problems}
