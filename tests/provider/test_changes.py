"""What counts as a change of a set: neither its order nor that of the keys of its objects."""

from typing import Any

import pytest

from provider.changes import unordered

MEMBERS: list[dict[str, Any]] = [
    {"name": "edge", "aliases": ["proxy"]},
    {"name": "backend", "ipv4Address": "10.0.0.7"},
]
TURNED = [dict(reversed(each.items())) for each in reversed(MEMBERS)]


def test_a_set_is_the_same_however_its_members_and_their_keys_come():
    """The wire has no order of keys: a container would be made anew for it (OP-1)."""
    assert unordered(MEMBERS) == unordered(TURNED)
    assert unordered([{"b": 1, "a": 9}, {"a": 5}]) == unordered([{"a": 5}, {"a": 9, "b": 1}])


@pytest.mark.parametrize("other", [MEMBERS[:1], [*MEMBERS, {}], [MEMBERS[0], {"name": "egress"}]])
def test_another_member_is_a_change(other):
    assert unordered(MEMBERS) != unordered(other)


def test_what_is_no_list_is_as_it_is():
    assert unordered("text") == "text"
