"""Numbers in the query of an address, whatever stands there."""

import pytest

from local.api.errors import ApiError
from local.api.http.envelope import whole_number


@pytest.mark.parametrize("text", ["", "x", "-1", "1.5", "9" * 5000, "0", str(10**9 + 1)])
def test_what_is_no_number_of_a_page_is_refused_in_one_sentence(text):
    with pytest.raises(ApiError) as refused:
        whole_number({"page": text}, "page", 1)

    assert "parameter page is '" in str(refused.value)
    assert "give a whole number from 1 to 1000000000" in str(refused.value)
    assert len(str(refused.value)) < 100


def test_a_number_is_read_as_it_is():
    assert whole_number({"page": "1000000000"}, "page", 1) == 10**9
    assert whole_number({}, "page", 7) == 7
