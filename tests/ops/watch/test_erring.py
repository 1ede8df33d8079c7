"""What a check says of errors and of what answers (CC-15, FW-10)."""

import pytest

from ops.health import probes
from ops.health.certificates import DAY, Certificate
from ops.setup.verdicts import State
from ops.watch import erring, logs, serving
from ops.watch.failures import grouped
from tests.ops.watch.test_failures import answering as answering_pages
from tests.ops.watch.test_failures import ended, telemetry, thrown
from tests.ops.watch.watching import NOW, watched


@pytest.fixture
def of(tmp_path):
    return watched(tmp_path, resources=[])


def logged(monkeypatch, *events):
    """Have the logs answer *events* at the next question."""
    monkeypatch.setattr(logs, "telemetry_of", lambda _: telemetry(answering_pages([events], [])))
    monkeypatch.setattr(logs, "scripts_of", lambda _: ["api"])


def test_a_new_kind_of_error_is_told_once_and_counted_from_then_on(of, monkeypatch):
    logged(monkeypatch, thrown(1, "no session 1", seconds=60))
    (first,) = erring.errors(of)
    logged(monkeypatch, thrown(1, "no session 1", seconds=60), thrown(2, "no session 2"))
    (second,) = erring.errors(of)

    (known,) = grouped([thrown(1, "no session 1")])
    assert first.state is State.WARNING
    assert first.said == (
        "new, once since 2026-11-30 07:59 UTC: api: TypeError: no session <n> in mint worker.js "
        f"({known.fingerprint})"
    )
    assert first.next == "python -m ops errors staging"
    assert second.state is State.GOOD
    assert second.said == "nothing new in 24 hours, of workers: 1; 2 of what was told of before"


def test_many_new_kinds_are_counted_and_the_first_are_named(of, monkeypatch):
    kinds = [ended(number, f"end{'x' * number}") for number in range(erring.SHOWN + 3)]
    logged(monkeypatch, *kinds)

    found = list(erring.errors(of))

    assert len(found) == erring.SHOWN + 1
    assert found[-1].said == "and 3 more are new"


def answered(**more):
    given = {"system": "id", "address": "https://id.chitty.cc/health", "ok": True, "said": "200 ok"}
    return probes.Answer(**{**given, **more})


SERVING = {
    "all is well": ({}, State.GOOD, "https://id.chitty.cc/health: 200 ok"),
    "nothing answers": (
        {"ok": False, "said": "nothing: ConnectError"},
        State.FAULT,
        "ConnectError",
    ),
    "a dependant is down": ({"without": frozenset({"kv"})}, State.WARNING, "goes on without kv"),
    "slow": ({"first": 301.0}, State.WARNING, "first request took 301 ms"),
    "a certificate that is late": (
        {"certificate": Certificate(NOW.timestamp() - 85 * DAY, NOW.timestamp() + 5 * DAY)},
        State.WARNING,
        "has 6% of its lifetime left",
    ),
}


@pytest.mark.parametrize(("more", "state", "said"), SERVING.values(), ids=SERVING)
def test_what_does_not_answer_is_a_fault_and_what_answers_badly_a_warning(
    of, monkeypatch, more, state, said
):
    vars(of)["door"] = probes.no_door
    monkeypatch.setattr(probes, "ask_all", lambda *_, **__: [answered(**more)])

    (found,) = serving.health(of)

    assert (found.subject, found.state) == ("health of id", state)
    assert said in found.said


def test_a_stack_without_containers_says_so(of):
    (found,) = serving.container_health(of)

    assert (found.state, found.said) == (State.NOT_RUN, "the stack has no containers")
