"""Cron expressions: Cloudflare's documentation, the tests of its parser, and workerd's parser."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.runtime.workerd.host_os import workerd_binary
from planning.cron import check_cron
from planning.refusals import RefusedError
from tests.planning.cron_parser import takes

WORKERD = workerd_binary(Path(__file__).parents[2])

DOCUMENTED = [
    "* * * * *",
    "*/3 * * * *",
    "*/30 * * * *",
    "45 * * * *",
    "0 17 * * sun",
    "0 17 * * 1",
    "10 7 * * mon-fri",
    "10 7 * * 2-6",
    "0 15 1 * *",
    "0 18 * * 6L",
    "0 18 * * friL",
    "59 23 LW * *",
]
"""Every example of developers.cloudflare.com/workers/configuration/cron-triggers."""

GOOD = [
    "0 0 1 1 *",
    "59 23 31 12 7",
    "0 0 L * *",
    "0 0 L-3 * *",
    "0 0 L-30W 1 *",
    "0 0 15W * *",
    "0 0 * * L",
    "0 0 * * MON#2",
    "0 0 * * 7#5",
    "0,30 8-18/2 * JAN,jul *",
    "0,5-10,10-30/3,30/3 * * * *",
    "*/5,*/3 * * * *",
    "1/3,*/5 * * * *",
    "0/59 0/23 */30 */11 */6",
    "0 0 * 1-JUN/4,JUN-12/3 *",
    "007 0 * * *",
    "0 0 29 2 *",
    "0 0 31 2,3 *",
    "0 0 31 2/1 *",
    "0 0 31 2 MON",
]
BAD = {
    "": "5 fields.*this one has 0",
    "* * * *": "5 fields.*this one has 4",
    "0 0 * * * *": "this one has 6",
    "0\n0 * * *": "this one has 4",
    "60 * * * *": "minute '60' is not one of 0 to 59",
    "-1 * * * *": "minute '' is not one of 0 to 59",
    "* 24 * * *": "hour '24'",
    "* * 0 * *": "day of the month '0'",
    "* * ? * *": r"day of the month '\?'",
    "* * * 13 *": "month '13'",
    "* * * FOO *": "month 'FOO' is not one of 1 to 12$",
    "* * * JANUARY *": "month 'JANUARY'",
    "* * * * 0": "day of the week '0' is not one of 1 to 7",
    "* * * * 8": "day of the week '8'",
    "*/0 * * * *": "step '0' of minute",
    "*/60 * * * *": "step '60' of minute is not one of 1 to 59",
    "0 */24 * * *": "step '24' of hour is not one of 1 to 23",
    "0 0 */31 * *": "step '31' of day of the month is not one of 1 to 30",
    "0 0 1 */12 *": "step '12' of month is not one of 1 to 11",
    "0 0 * * */7": "step '7' of day of the week is not one of 1 to 6",
    "*/ * * * *": "step '' of minute",
    "*/5-7 * * * *": "step '5-7' of minute",
    "30-10 * * * *": "range '30-10' of minute runs backwards",
    "10-9 * * * *": "range '10-9' of minute runs backwards",
    "0 0 * * SAT-SUN": "range 'SAT-SUN' of day of the week runs backwards",
    "1-2-3 * * * *": "minute '2-3'",
    "x * * * *": "minute 'x'",
    "1, * * * *": "minute ''",
    "¹ * * * *": "minute '¹'",
    "*-5 * * * *": r"minute '\*' is not",
    "*,5 * * * *": r"minute '\*,5' has \* in a list",
    "5,* * * * *": r"minute '5,\*' has \* in a list",
    "0 0 1,L * *": "'L' is not one of 1 to 31; L, LW, L-3 and 15W stand alone",
    "0 0 L,1 * *": "'L' is not one of 1 to 31; L, LW",
    "0 0 1W,15 * *": "'1W' is not one of 1 to 31; L, LW",
    "0 0 l * *": "day of the month 'l'",
    "0 0 99W * *": "day of the month '99' is not one of 1 to 31",
    "0 0 W * *": "day of the month ''",
    "0 0 L-0 * *": "'L-0' is not L-1 to L-30",
    "0 0 L-31 * *": "'L-31' is not L-1 to L-30",
    "0 0 L-31W * *": "'L-31W' is not L-1 to L-30",
    "0 0 * * FOO#1": "day of the week 'FOO'",
    "0 0 * * 2#0": "'2#0' is not #1 to #5",
    "0 0 * * 2#6": "'2#6' is not #1 to #5",
    "0 0 * * MON#1,FRI#2": "'MON#1,FRI#2' is not #1 to #5",
    "0 0 * * 9L": "day of the week '9' is not one of 1 to 7",
    "0 0 * * 6L,2": "'6L' is not one of 1 to 7; L, 6L and MON#2 stand alone",
    "0 0 * * fril": "day of the week 'fril'",
    "0 0 30 2 *": "day of the month '30' never comes in month '2'",
    "0 0 31W 4,6,9,11 *": "'31W' never comes in month '4,6,9,11'",
    "0 0 L-29 feb *": "'L-29' never comes in month 'feb'",
}


@pytest.mark.parametrize("expression", DOCUMENTED + GOOD)
def test_a_good_expression_is_returned(expression):
    assert check_cron(expression) == expression


def test_white_space_between_fields_is_one_space():
    assert check_cron(" 0  0\t* * * ") == "0 0 * * *"


@pytest.mark.parametrize(("expression", "said"), BAD.items())
def test_a_bad_expression_is_refused_with_the_field(expression, said):
    with pytest.raises(RefusedError, match=said):
        check_cron(expression)


def accepted(expression):
    try:
        check_cron(expression)
    except RefusedError:
        return False
    return True


FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7))
NUMBER = st.integers(0, 61).map(str)
NAME = st.sampled_from(("JAN", "feb", "Dec", "SUN", "mon", "SAT", "FOO", "L", "W", "*", ""))
VALUE = NUMBER | NAME
ITEM = st.builds(
    "{}{}{}".format,
    VALUE,
    st.just("") | st.builds("-{}".format, VALUE),
    st.just("") | st.builds("/{}".format, NUMBER),
)
QUARTZ = st.builds("L-{}{}".format, NUMBER, st.sampled_from(("", "W", "L"))) | st.builds(
    "{}{}".format, VALUE, st.sampled_from(("W", "LW", "L", "#1", "#5", "#6", "#", "#1#2"))
)
FIELD = st.lists(ITEM | QUARTZ, min_size=1, max_size=2).map(",".join) | st.just("*")


def near(least, most):
    """Make fields that are right as often as not: values of the field's own, in order."""
    pair = st.tuples(st.integers(least, most), st.integers(least, most)).map(sorted)
    item = pair.map(lambda two: f"{two[0]}-{two[1]}") | st.integers(least, most).map(str)
    stepped = st.builds("{}/{}".format, item | st.just("*"), st.integers(1, most - least + 1))
    return st.just("*") | st.lists(item | stepped, min_size=1, max_size=3).map(",".join) | FIELD


EXPRESSION = st.tuples(*(near(*field) for field in FIELDS)).map(" ".join)


@pytest.mark.workerd
def test_workerd_takes_exactly_what_is_taken():
    """Its module for cron triggers, on the tables above and on 3,000 expressions made at random."""
    chance = random.Random(6)  # noqa: S311  # the same expressions in every run
    made = [_made(chance) for _ in range(3_000)]
    expressions = [text for text in DOCUMENTED + GOOD + list(BAD) if "\n" not in text] + made

    differ = [
        (text, theirs)
        for text, theirs in zip(expressions, takes(WORKERD, expressions), strict=True)
        if theirs != accepted(text)
    ]

    assert differ == []
    assert 500 < sum(accepted(text) for text in made) < 2_500


@given(EXPRESSION)
def test_what_is_returned_is_taken_again_and_nothing_else_is_raised(expression):
    if accepted(expression):
        assert check_cron(check_cron(expression)) == check_cron(expression)


def _made(chance):
    return " ".join(_field(chance, *field) for field in FIELDS)


def _field(chance, least, most):
    """Make a field: mostly one of values in its range, at times one of anything."""
    number = lambda: str(chance.randint(least, most))  # noqa: E731
    odd = ("L", "LW", "W", "L-", "#", "0", "60", "*", "", "MON", "feb", "FOO", "15W", "6L", "2#3")
    parts = [number()] if chance.random() < 0.5 else ["*"]
    if chance.random() < 0.2:
        parts = ["-".join(sorted((number(), number()), key=int))]
    if chance.random() < 0.2:
        parts[0] += f"/{chance.randint(1, most - least + (chance.random() < 0.1))}"
    if chance.random() < 0.1:
        parts.append(number())
    if chance.random() < 0.15:
        parts[chance.randrange(len(parts))] = chance.choice(odd) + chance.choice(("", number()))
    return ",".join(parts)
