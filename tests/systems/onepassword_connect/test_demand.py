"""What the host of Connect costs a month: its servers and 1Password (CC-14)."""

from decimal import Decimal

import pytest

from config.rules import demand
from planning.cost import Reading, estimate
from planning.plans import Plan
from planning.prices import PRICES, READ_ON
from systems.onepassword_connect.settings import OnePasswordConnect
from systems.onepassword_connect.system import SYSTEM
from tests.systems.onepassword_connect.examples import load, values

SSH = "ssh://deploy@connect-{}.example.com"


def month(*machines, users=1, everything=False, **more):
    """Return what a month costs of a host with *machines*."""
    given = {
        "onepassword_connect__machines": list(machines),
        "onepassword_connect__expected": {"users": users},
    }
    config = load(values(**given, **more))
    settings = {name: block.settings for name, block in config.blocks.items()}
    asked = demand.total([SYSTEM], settings, config.deployment)
    found = estimate(asked, demand.plan_of(config.deployment), PRICES)
    return found.month(Reading.PROPORTIONAL, everything=everything)


def machine(number, server=None):
    given = {
        "name": f"number-{number}",
        "engine": SSH.format(number),
        "subnet": f"10.9.{number}.0/24",
    }
    return {**given, "server": server} if server else given


SERVERS = {"digitalocean": "19.99", "aws": "22.99", "hetzner": "12.99", "own": "7.99"}


@pytest.mark.parametrize(("server", "dollars"), SERVERS.items())
def test_a_month_is_one_user_and_one_server(server, dollars):
    """Those of the source: $13 to $23 in all."""
    assert month(machine(1, server)) == Decimal(dollars)


def test_each_machine_and_each_user_is_paid_for():
    two = (machine(1), machine(2, "hetzner"))

    assert month(*two, users=3) == 3 * Decimal("7.99") + 12 + 5
    assert month(*two, users=0) == 12 + 5
    assert month(*two, everything=True) == Decimal("7.99") + 12 + 5 + 5  # Workers Paid


def test_a_machine_that_is_a_socket_costs_nothing():
    here = {"name": "here", "engine": "unix:///run/docker.sock"}

    assert month(here) == Decimal("7.99")


def test_a_stack_without_the_host_pays_for_none_of_it():
    assert SYSTEM.demand(OnePasswordConnect()).fixed == {}


def test_the_prices_are_data_with_a_date():
    found = estimate(
        demand.total(
            [SYSTEM],
            {SYSTEM.name: OnePasswordConnect(host="c.example.com")},
            load(values()).deployment,
        ),
        Plan(account="free"),
        PRICES.override({"onepassword.user": "9.99"}),
    )

    assert found.prices.read_on == READ_ON
    assert [line.amounts[0] for line in found.lines] == [Decimal("9.99")]
