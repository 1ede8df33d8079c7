"""Demand beyond a plan is found before anything is sent (FW-12, ID-2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.demand import DAYS, GB, Demand, Need, total_demand
from planning.plans import FEATURES, LIMITS, ZONE_PLANS, Plan, check_plan
from planning.refusals import RefusedError

FREE, PAID = Plan("free"), Plan("paid")


def found(plan, **demands):
    return check_plan(total_demand(demands), plan)


def test_the_sixth_cron_of_an_account_is_refused_on_workers_free():
    """chmonitor#2900: the upload went through and the schedules did not."""
    three = Demand(crons=("* * * * *", "0 0 * * *", "0 0 L * *"))

    (finding,) = found(FREE, id=three, connect=three)

    assert finding.refused
    assert finding.subject == "account:crons"
    assert finding.text == (
        "6 cron triggers are asked for and Workers Free has 5 an account "
        "(connect: * * * * *, 0 0 * * *, 0 0 L * *; id: * * * * *, 0 0 * * *, 0 0 L * *); "
        "remove 1, or set chittyos:plan to paid"
    )


def test_incident_8_six_crons_over_three_workers_are_counted_together():
    """The sixth was refused after the code was up: here the whole account is counted before."""
    two = Demand(crons=("* * * * *", "0 0 * * *"))

    (finding,) = found(FREE, a=two, b=two, c=two)

    assert finding.refused
    assert finding.text.startswith("6 cron triggers are asked for and Workers Free has 5")
    assert found(PAID, a=two, b=two, c=two) == ()


def test_five_crons_are_as_many_as_workers_free_has():
    assert (
        found(FREE, id=Demand(crons=("* * * * *",) * 2), it=Demand(crons=("0 * * * *",) * 3)) == ()
    )


def test_workers_paid_has_250_crons():
    assert found(PAID, id=Demand(crons=("* * * * *",) * 250)) == ()
    (finding,) = found(PAID, id=Demand(crons=("* * * * *",) * 251))
    assert "Workers Paid has 250 an account" in finding.text
    assert finding.text.endswith("remove 1, or ask Cloudflare for a higher limit")


def test_a_forecast_of_kv_above_the_plan_is_refused_with_who_asks_for_what():
    """ID-2: 1,000 writes a day were used up, and blocked every pipeline."""
    (finding,) = found(FREE, id=Demand(kv_writes_day=800), connect=Demand(kv_writes_day=201))

    assert finding.subject == "account:kv_writes_day"
    assert finding.text == (
        "1,001 KV writes a day are expected and Workers Free has 1,000 an account "
        "(connect 201, id 800); expect less, or set chittyos:plan to paid"
    )


@pytest.mark.parametrize(("measure", "allowed"), LIMITS["free"].quantities.items())
def test_workers_free_has_each_limit_to_the_last_piece(measure, allowed):
    most = allowed * DAYS if measure.endswith("_month") else allowed

    assert found(FREE, id=Demand(**{measure: most})) == ()
    (finding,) = found(FREE, id=Demand(**{measure: most + 1}))
    assert finding.subject == f"account:{measure}"
    assert found(PAID, id=Demand(**{measure: most + 1})) == ()


def test_the_limits_of_workers_free_are_the_documented_ones():
    """ID-2, FW-12; developers.cloudflare.com/workers/platform/limits and the price pages."""
    limits = LIMITS["free"].quantities

    assert (LIMITS["free"].crons, LIMITS["free"].cpu_ms) == (5, 10)
    assert limits["worker_requests_month"] == limits["kv_reads_day"] == 100_000
    assert {limits[f"kv_{what}_day"] for what in ("writes", "deletes", "lists")} == {1_000}
    assert limits["do_gb_seconds_month"] == 13_000
    assert limits["d1_stored_bytes"] == limits["do_stored_bytes"] == 5 * GB


def test_an_amount_of_storage_is_told_in_gigabytes_and_never_less_than_it_is():
    (finding,) = found(FREE, id=Demand(kv_stored_bytes=GB + 1))

    assert "1.01 GB in KV are expected and Workers Free has 1.00 GB an account" in finding.text


def test_a_request_may_take_as_much_cpu_time_as_the_plan_has():
    assert found(FREE, id=Demand(worker_cpu_ms_request=10)) == ()
    (finding,) = found(FREE, id=Demand(worker_cpu_ms_request=11))
    assert finding.subject == "id:worker_cpu_ms_request"
    assert "stops a request after 10;" in finding.text
    assert found(PAID, id=Demand(worker_cpu_ms_request=100_000)) == ()
    assert len(found(PAID, id=Demand(worker_cpu_ms_request=300_001))) == 1


def test_a_feature_of_workers_paid_is_refused_on_workers_free():
    """FW-12, PA-1: `cpu_ms` 100000."""
    asks = Demand(needs=(Need("cpu_ms", "awareness:worker.cpu_ms"),))

    (finding,) = found(FREE, awareness=asks)

    assert finding.refused
    assert finding.subject == "awareness:worker.cpu_ms"
    assert finding.text == (
        "awareness asks for a CPU limit of a worker's own, which needs Workers Paid, and "
        "chittyos:plan is free; remove it, or change the plan"
    )
    assert found(PAID, awareness=asks) == ()


def test_a_health_check_moves_into_the_worker_below_pro():
    asks = Demand(needs=(Need("health_checks", "id:health", "chitty.cc"),))

    (finding,) = found(Plan("paid", {"chitty.cc": "free"}), id=asks)

    assert not finding.refused
    assert finding.text == (
        "id asks for a health check, which needs the pro plan of its zone, and chitty.cc has "
        "free; a scheduled worker checks instead"
    )
    assert found(Plan("free", {"chitty.cc": "pro"}), id=asks) == ()


def test_an_add_on_is_needed_by_name():
    asks = Demand(needs=(Need("load_balancing", "id:pools"),))

    (finding,) = found(PAID, id=asks)

    assert "needs the add-on load_balancing, which the account has not" in finding.text
    assert "name it in chittyos:add_ons once it is paid for" in finding.text
    assert found(Plan("paid", add_ons=frozenset({"load_balancing"})), id=asks) == ()
    assert found(Plan("paid", add_ons=frozenset({"advanced_certificates"})), id=asks) != ()


def test_a_feature_that_nobody_knows_is_refused_with_the_known_ones():
    with pytest.raises(RefusedError, match=r"'teleport' is no known feature .* cpu_ms, "):
        found(PAID, id=Demand(needs=(Need("teleport", "id:x"),)))


@given(feature=st.sampled_from(sorted(FEATURES)), has=st.sampled_from(ZONE_PLANS))
def test_a_better_plan_of_a_zone_never_lacks_more(feature, has):
    asks = Demand(needs=(Need(feature, "id:x", "chitty.cc"),))
    lacks = [bool(found(Plan("paid", {"chitty.cc": zone}), id=asks)) for zone in ZONE_PLANS]

    assert lacks == sorted(lacks, reverse=True)
    if has == "enterprise" and not FEATURES[feature].add_on:
        assert not lacks[-1]


@given(crons=st.lists(st.integers(0, 4), min_size=1, max_size=6))
def test_crons_are_refused_exactly_above_the_limit(crons):
    demands = {f"s{index}": Demand(crons=("* * * * *",) * n) for index, n in enumerate(crons)}

    assert bool(found(FREE, **demands)) == (sum(crons) > 5)
