"""Cron expressions as Cloudflare reads them."""

import pytest

from planning.cron import check_cron
from planning.refusals import RefusedError

GOOD = [
    "*/5 * * * *",
    "0 0 1 1 *",
    "59 23 31 12 7",
    "0 9 * * MON-FRI",
    "0 0 L * *",
    "0 0 15W * *",
    "0 0 * * 6L",
    "0 0 * * MON#2",
    "0,30 8-18/2 * JAN,jul *",
]
BAD = {
    "* * * *": "5 fields.*this one has 4",
    "0 0 * * * *": "this one has 6",
    "60 * * * *": "minute '60' is not one of 0 to 59",
    "* 24 * * *": "hour '24'",
    "* * 0 * *": "day of the month '0'",
    "* * * 13 *": "month '13'",
    "* * * * 0": "day of the week '0' is not one of 1 to 7",
    "* * * * 8": "day of the week '8'",
    "*/0 * * * *": "step '0' of minute",
    "30-10 * * * *": "range '30-10' of minute runs backwards",
    "x * * * *": "minute 'x'",
    "1, * * * *": "minute ''",
    "¹ * * * *": "minute '¹'",
}


@pytest.mark.parametrize("expression", GOOD)
def test_a_good_expression_is_given_back(expression):
    assert check_cron(expression) == expression


def test_white_space_between_fields_is_one_space():
    assert check_cron("0  0\t* * *") == "0 0 * * *"


@pytest.mark.parametrize(("expression", "said"), BAD.items())
def test_a_bad_expression_is_refused_with_the_field(expression, said):
    with pytest.raises(RefusedError, match=said):
        check_cron(expression)
