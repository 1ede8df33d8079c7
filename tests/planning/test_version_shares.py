"""How a hundred requests are divided between two versions."""

import pytest

from planning.refusals import RefusedError
from planning.version_shares import Share, check_id, shares

STABLE = "0d5f6e43-9b1c-4a65-8d0e-2f7a1c3b4d5e"


@pytest.mark.parametrize("percentage", range(101))
def test_shares_come_to_a_hundred_and_nobody_has_none(percentage):
    found = shares(percentage, STABLE)

    assert sum(share.of_hundred for share in found) == 100
    assert all(share.of_hundred for share in found)
    assert [share.is_new for share in found] == ([True] * bool(percentage) + [False])[: len(found)]


def test_all_need_no_other():
    assert shares(100, None) == (Share("", 100),)


@pytest.mark.parametrize(("percentage", "stable"), [(99, None), (0, None), (0, "")])
def test_a_rest_needs_a_version(percentage, stable):
    with pytest.raises(RefusedError, match="set stable"):
        shares(percentage, stable)


@pytest.mark.parametrize("percentage", [-1, 101])
def test_a_share_is_of_a_hundred(percentage):
    with pytest.raises(RefusedError, match="0 to 100"):
        shares(percentage, STABLE)


def test_an_id_is_a_uuid():
    assert check_id(STABLE) == STABLE
    for wrong in ("v1", STABLE.upper(), f"{STABLE}\n", ""):
        with pytest.raises(RefusedError, match="no id of a version"):
            check_id(wrong)
