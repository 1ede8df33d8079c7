"""What systems are expected to use, summed over an account."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.demand import MEASURES, Demand, Need, total_demand
from planning.refusals import RefusedError
from tests.planning.demands import DEMANDS


def test_nothing_is_asked_for_unless_it_is_given():
    total = total_demand({"tiny": Demand()})

    assert {measure: total.sum(measure) for measure in MEASURES} == dict.fromkeys(MEASURES, 0)
    assert total.crons() == {}
    assert total.fixed() == {}
    assert total.certificate_zones() == frozenset()
    assert list(total.needs()) == []


def test_a_sum_keeps_who_asks_for_how_much():
    total = total_demand(
        {
            "id": Demand(kv_reads_day=900, crons=("0 0 * * *",)),
            "connect": Demand(kv_reads_day=100, fixed={"onepassword.user": 1}),
            "awareness": Demand(fixed={"onepassword.user": 2, "server.aws": 1}),
        }
    )

    assert total.sum("kv_reads_day") == 1_000
    assert total.shares("kv_reads_day") == {"connect": 100, "id": 900}
    assert total.crons() == {"id": ("0 0 * * *",)}
    assert total.fixed() == {"onepassword.user": 3, "server.aws": 1}


def test_a_zone_with_certificates_counts_once():
    two = Demand(advanced_certificate_zones=frozenset({"chitty.cc"}))

    assert total_demand({"a": two, "b": two}).certificate_zones() == {"chitty.cc"}


def test_needs_come_with_their_system():
    need = Need("cpu_ms", "id:worker.cpu_ms")

    assert list(total_demand({"id": Demand(needs=(need,))}).needs()) == [("id", need)]


def test_the_cpu_time_of_a_month_is_that_of_each_systems_own_requests():
    quick = Demand(worker_requests_month=1_000, worker_cpu_ms_request=Decimal("0.5"))
    slow = Demand(worker_requests_month=10, worker_cpu_ms_request=100)

    assert total_demand({"q": quick, "s": slow}).sum("worker_cpu_ms_month") == 1_500


@pytest.mark.parametrize("wrong", [-1, Decimal("-0.1"), 0.5, True, "5", Decimal("NaN")])
def test_what_is_no_quantity_is_refused_by_name(wrong):
    with pytest.raises(RefusedError, match=r"^kv_reads_day: "):
        Demand(kv_reads_day=wrong)
    with pytest.raises(RefusedError, match=r"^fixed\.server\.aws: "):
        Demand(fixed={"server.aws": wrong})


@given(demands=DEMANDS, seed=st.randoms())
def test_a_sum_does_not_depend_on_the_order(demands, seed):
    shuffled = list(demands.items())
    seed.shuffle(shuffled)

    assert total_demand(dict(shuffled)) == total_demand(demands)
