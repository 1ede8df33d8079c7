"""Steps of a worker by versions: which version becomes the stable one, and which values are set."""

from decimal import Decimal

import pytest

from ops.errors import OpsError
from ops.stack.target import Target
from ops.stack.version_rollout import Versions, back, find_versions, grown, serving, step, told

OLD, NEW = "0d5f6e43-9b1c-4a65-8d0e-2f7a1c3b4d5e", "77ab3cf0-9b1c-4a65-8d0e-2f7a1c3b4d5e"
KEY = "chittyid:worker.versions"
URN = "urn:pulumi:s::chittyos::x$cloudflare:index/workersDeployment:WorkersDeployment::{}"


def worker(stable=None):
    return Versions("chittyid.worker", stable)


def deployed(*shares, name="chittyid-worker-deployment"):
    versions = [{"versionId": version, "percentage": of} for version, of in shares]
    return [{"urn": URN.format(name), "inputs": {"versions": versions}}]


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"chittyid:worker": {"name": "id", "versions": {}}}, worker()),
        ({"chittyid:worker": {"versions": {"stable": OLD, "percentage": 10}}}, worker(OLD)),
        ({"chittyid:worker": {"name": "id"}}, None),
        ({"chittyid:worker": "id"}, None),
        ({}, None),
    ],
)
def test_a_worker_by_versions_is_found_by_its_block(config, found):
    assert find_versions(Target("staging", "staging", config), "chittyid.worker") == found


def test_who_serves_is_read_from_the_state():
    resources = [*deployed((OLD, 100), name="other-deployment"), *deployed((NEW, 10), (OLD, 90))]

    assert serving(worker(), resources) == {NEW: 10, OLD: 90}
    assert told({NEW: 10, OLD: 90}) == f"{NEW}: 10 of 100, {OLD}: 90 of 100"
    with pytest.raises(OpsError, match="never deployed"):
        serving(worker(), deployed((OLD, 100), name="other-deployment"))


@pytest.mark.parametrize(
    ("stable", "shares", "to", "expected"),
    [
        # A new version begins: the one that serves becomes the stable one.
        (None, {OLD: 100}, "0.10", {"percentage": "10", "stable": OLD}),
        (NEW, {OLD: 100}, "0.10", {"percentage": "10", "stable": OLD}),
        # On the way, to all, and back: the stable one stays.
        (OLD, {NEW: 10, OLD: 90}, "0.50", {"percentage": "50"}),
        (OLD, {NEW: 10, OLD: 90}, "1.00", {"percentage": "100"}),
        (OLD, {NEW: 10, OLD: 90}, "0.00", {"percentage": "0"}),
        (OLD, {NEW: 100}, "0.00", {"percentage": "0"}),
        # After a way back the stable one serves alone, and may be tried against again.
        (OLD, {OLD: 100}, "0.10", {"percentage": "10"}),
        (None, {OLD: 100}, "1.00", {"percentage": "100"}),
    ],
)
def test_a_step_sets_what_has_to_change(stable, shares, to, expected):
    values = step(worker(stable), shares, Decimal(to))

    assert values == {f"{KEY}.{name}": value for name, value in expected.items()}


OTHER = "5e1c2d3f-9b1c-4a65-8d0e-2f7a1c3b4d5e"


@pytest.mark.parametrize(
    ("before", "after", "share", "stable"),
    [
        ({OLD: 100}, {NEW: 10, OLD: 90}, "0", OLD),
        ({NEW: 10, OLD: 90}, {NEW: 50, OLD: 50}, "10", OLD),
        ({NEW: 50, OLD: 50}, {NEW: 100}, "50", OLD),
        ({OLD: 100}, {NEW: 100}, "0", OLD),
        # The code changed half-way: what had a tenth is no version of the code any more.
        ({OTHER: 10, OLD: 90}, {NEW: 50, OLD: 50}, "0", OLD),
    ],
)
def test_a_step_is_taken_back_to_the_shares_that_were_recorded(before, after, share, stable):
    """FW-4: not to nobody, and not to what the file said, by which new code would have all."""
    assert grown(before, after) == NEW
    assert back(worker(), before, NEW) == {f"{KEY}.percentage": share, f"{KEY}.stable": stable}


def test_a_step_down_gives_nothing_more_that_has_to_be_judged():
    assert grown({NEW: 50, OLD: 50}, {NEW: 50, OLD: 50}) == ""


def test_there_is_no_way_back_from_the_first_version():
    with pytest.raises(OpsError, match="nothing to go back to"):
        step(worker(), {OLD: 100}, Decimal(0))
