"""FW-12: the table says of each feature what `check_plan` does with it, and of numbers the same."""

import re

import pytest

from planning import plan_table
from planning.demand import Demand, Need, total_demand
from planning.plans import FEATURES, LIMITS, ZONE_PLANS, Plan, check_plan

PAGE = plan_table.page()
FEATURE = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
ROWS = {name: (needs, without) for name, needs, without in FEATURE.findall(PAGE)}


def plan(needs: str) -> Plan:
    """Make the plan that the words of a row ask for, and no more."""
    zone = re.search(r"a zone on the (\w+) plan", needs)
    return Plan(
        "paid" if "Workers Paid" in needs else "free",
        {"a.cc": next((each for each in ZONE_PLANS if zone and each == zone[1]), "free")},
        frozenset(re.findall(r"the add-on `(\w+)`", needs)),
    )


@pytest.mark.parametrize("name", FEATURES)
def test_a_row_says_what_is_enough_and_what_happens_without(name):
    needs, without = ROWS[name]
    asked = total_demand({"a": Demand(needs=(Need(name, "a:it", "a.cc"),))})

    assert check_plan(asked, plan(needs)) == ()
    (found,) = check_plan(asked, plan(""))
    assert found.refused == (without == "refused")
    assert found.refused or without in found.text


def test_nothing_else_is_in_the_table():
    assert set(ROWS) == set(FEATURES)


def test_the_account_has_what_workers_free_ends_at():
    row = "| cron triggers | 5 | 250 |"
    assert row in PAGE
    assert PAGE.count("| as much as is paid for |") == len(LIMITS["free"].quantities)
    assert "| KV writes a day | 1,000 | as much as is paid for |" in PAGE


def test_numbers_of_a_zone_stand_by_its_plan():
    assert "| of a zone | free | pro | business | enterprise |" in PAGE
    assert "| custom rules of the WAF | 5 | 20 | 100 | 1,000 |" in PAGE
    assert "| health checks | 0 | 10 | 50 | 1,000 |" in PAGE
    assert "| `response_buffering` | a zone on the enterprise plan |" in PAGE
    assert "`always_use_https`" not in PAGE
