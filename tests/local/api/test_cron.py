"""Cron expressions that Cloudflare takes, and those it refuses."""

import pytest

from local.api.errors import ApiError
from local.api.workers.triggers import check_cron

GOOD = """
* * * * *
*/5 * * * *
0 0 1 1 *
59 23 31 12 7
0,30 9-17 * jan-mar MON-FRI
0 9 L * *
0 9 LW * *
0 9 15W * *
0 9 * * 2#1
0 9 * * FRIL
10-50/5 */2 * * sun,sat
""".strip().splitlines()

BAD = {
    "": "0 fields",
    "* * * *": "4 fields",
    "* * * * * *": "6 fields",
    "60 * * * *": "minute is '60', not 0 to 59",
    "* 24 * * *": "hour is '24'",
    "* * 0 * *": "day of month is '0'",
    "* * * 13 *": "month is '13'",
    "* * * * 0": "day of week is '0', not 1 to 7",
    "* * * * 8": "day of week is '8'",
    "* * * FOO *": "month is 'FOO'",
    "*/0 * * * *": "step of 0",
    "30-10 * * * *": "runs backwards",
    "*-5 * * * *": "minute cannot be '*-5'",
    "-1 * * * *": "minute cannot be '-1'",
    "1,,2 * * * *": "minute cannot be ''",
    "L * * * *": "minute is 'L'",
    "* * * * 2#6": "day of week cannot be '2#6'",
}


@pytest.mark.parametrize("cron", GOOD)
def test_takes(cron):
    check_cron(cron)


@pytest.mark.parametrize(("cron", "message"), BAD.items())
def test_refuses(cron, message):
    with pytest.raises(ApiError, match="invalid cron string") as caught:
        check_cron(cron)

    assert message in caught.value.message
