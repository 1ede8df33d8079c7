"""How the list of API tokens is spread over secrets, and when there is no room (PA-7)."""

import json
import re

import pytest

from planning.api_tokens import MOST, NAMES, check_room, name_of, spread
from planning.refusals import RefusedError
from planning.text_limits import LARGEST

SCOPES = ["projects:read", "projects:write"]


def entries(count, size=200):
    """Give *count* tokens, each of *size* bytes as it is written."""
    made = [{"id": "", "sha256": f"{number:064}", "scopes": SCOPES} for number in range(count)]
    return [{**each, "id": "i" * (size - written(each))} for each in made]


def written(value):
    return len(json.dumps(value, separators=(",", ":")))


def listed(texts):
    return [entry for text in texts for entry in json.loads(text)]


def filling(size):
    """Give tokens whose list takes *size* bytes."""
    rest = size - 2 - 24 * 201
    return [*entries(24), *entries(1, rest)]


def test_what_fits_into_one_secret_is_written_as_ever():
    assert spread(entries(3)) == [json.dumps(entries(3), separators=(",", ":"))]
    assert spread([]) == ["[]"]


def test_a_list_of_just_the_size_of_a_secret_takes_one_and_of_a_byte_more_two():
    (only,) = spread(filling(LARGEST))
    first, second = spread(filling(LARGEST + 1))

    assert len(only) == LARGEST
    assert listed([first, second]) == filling(LARGEST + 1)
    assert len(json.loads(second)) == 1


@pytest.mark.parametrize("count", [26, 50, 369])
def test_a_longer_list_takes_more_and_no_token_is_lost_cut_or_moved(count):
    texts = spread(entries(count))

    assert len(texts) > 1
    assert max(len(text.encode()) for text in texts) <= LARGEST
    assert listed(texts) == entries(count)


def test_a_token_that_fits_into_no_secret_is_refused_with_its_place():
    owners = [f"CHITTY-{number:057}" for number in range(80)]
    large = {**entries(1)[0], "owners": owners}
    said = rf"token \[2\] takes {written([large]):,} bytes .* 5,120; bind it to fewer owners"

    with pytest.raises(RefusedError, match=said):
        spread([*entries(2), large])


def test_every_secret_of_the_list_has_a_name_of_its_own():
    assert NAMES[:3] == ("API_TOKENS", "API_TOKENS_2", "API_TOKENS_3")
    assert (len(set(NAMES)), name_of(MOST - 1)) == (MOST, NAMES[-1])


def test_as_many_tokens_are_taken_as_leave_room_for_one_of_the_system():
    most = MOST * 25
    assert len(spread(entries(most))) == MOST

    check_room(entries(most - 1), SCOPES)
    with pytest.raises(RefusedError):
        check_room(entries(most), SCOPES)


def test_more_than_that_is_refused_with_what_there_is_what_is_allowed_and_what_to_do():
    many = entries(500)
    said = (
        f"takes {written(many):,} bytes and a worker is given 16 secrets of 5,120 for it, each "
        "of whole tokens, with room for one of its own; revoke some of the 500 tokens, the "
        "expired ones first (python -m ops token list), or make them of fewer scopes or owners"
    )

    with pytest.raises(RefusedError, match=f"^{re.escape(said)}$"):
        check_room(many, SCOPES)
