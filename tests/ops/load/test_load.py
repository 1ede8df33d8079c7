"""Load tests: open arrivals, WebSockets in order, limits, the verdict (PA-15)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from ops.commands.load import refuse
from ops.errors import OpsError
from ops.load import arrivals, rate_limits, report, websockets
from ops.load.arrivals import Answers
from ops.load.load_target import Site
from ops.load.run import Outcome
from ops.load.websockets import Order, Told
from ops.stack.target import Target
from systems.load import Asked, Credential, Followed, Levels, Limit, Load
from systems.registry import SYSTEMS

Handler = Callable[[ServerConnection], Awaitable[None]]
Process = Callable[[ServerConnection, Request], Awaitable[Response | None]]
SECRET = "canary-key-of-the-load-test"


def number(message: Any) -> int | None:
    found: int | None = message.get("n")
    return found


def load(**changes: Any) -> Load:
    given: dict[str, Any] = {
        "requests": (Asked("/a"),),
        "followed": Followed("/ws", number),
        "credential": Credential("X-Load", "KEY", lambda key, _: key, 60),
        "levels": Levels(p95_ms=100, errors_percent=1, sockets_percent=99),
        "rate": 50,
        "seconds": 1,
        "sockets": 1,
        "socket_seconds": 1,
        **changes,
    }
    return Load(**given)


@asynccontextmanager
async def serving(
    process: Process | None = None, handler: Handler | None = None
) -> AsyncIterator[Site]:
    """Serve what *process* answers and what *handler* does with a WebSocket."""

    async def nothing(_: ServerConnection) -> None:
        return

    async with serve(handler or nothing, "127.0.0.1", 0, process_request=process) as server:
        port = server.sockets[0].getsockname()[1]
        yield Site(f"http://127.0.0.1:{port}", None, lambda _: SECRET)


async def sent(site: Site, test: Load) -> Answers:
    answers = Answers(int(test.rate * test.seconds))
    await arrivals.send(site, test, asyncio.Event(), answers)
    return answers


async def told(site: Site, test: Load, stop: asyncio.Event | None = None) -> Told:
    found = Told(test.sockets)
    await websockets.follow(site, test, stop or asyncio.Event(), found)
    return found


def test_a_request_is_sent_when_it_is_due_though_none_was_answered() -> None:
    """No coordinated omission: all are there before the first has its answer, and count as slow."""

    async def run() -> tuple[int, Answers]:
        waiting, everybody = Counter[str](), asyncio.Event()

        async def answer(connection: ServerConnection, request: Request) -> Response:
            waiting[request.path] += 1
            if waiting.total() == 20:
                everybody.set()
            async with asyncio.timeout(8):
                await everybody.wait()
            return connection.respond(HTTPStatus.OK, "")

        async with serving(answer) as site:
            answers = await sent(site, load(rate=100, seconds=0.2))
        return waiting.total(), answers

    reached, answers = asyncio.run(run())

    assert reached == 20
    assert answers.outcomes == {"200": 20}
    # The first was due 190 ms before the last, which let all of them go.
    assert max(answers.times) >= 190


def test_requests_are_mixed_by_their_shares() -> None:
    mixed = arrivals.mixed((Asked("/a", 3), Asked("/b", 1)))

    assert [each.path for each in mixed] == ["/a", "/a", "/b", "/a"]


def test_what_goes_wrong_is_counted_by_what_it_was() -> None:
    async def answer(connection: ServerConnection, request: Request) -> Response | None:
        if request.path == "/a":
            return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "(all)")
        connection.transport.abort()
        return None

    async def run() -> Answers:
        async with serving(answer) as site:
            test = load(requests=(Asked("/a"), Asked("/gone")), rate=40, seconds=0.1)
            return await sent(site, test)

    answers = asyncio.run(run())

    assert (answers.refused, answers.failed, answers.unexplained) == (2, 2, 2)
    assert set(answers.outcomes) <= {"429", "RemoteProtocolError", "ReadError"}


def test_nothing_waits_for_longer_than_a_request_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that got no connection have failed as well: a silent system ends no test late."""
    monkeypatch.setattr(arrivals, "CONNECTIONS", 2)
    monkeypatch.setattr(arrivals, "TIMEOUT_SECONDS", 0.5)

    async def keep_silent(_: ServerConnection, __: Request) -> None:
        await asyncio.sleep(30)

    async def run() -> Answers:
        async with serving(keep_silent) as site:
            return await sent(site, load(rate=100, seconds=0.06))

    answers = asyncio.run(run())

    assert answers.outcomes == {"TimeoutError": 6}


def test_the_order_of_messages_is_that_of_their_numbers() -> None:
    found = Told(1)
    order = Order(number, found)
    for message in ({"n": 4}, {"n": 5}, {"x": 1}, {"n": 9}, {"n": 7}, {"n": 9}, {"n": 10}):
        order.hear(message)

    assert (found.messages, found.disordered, found.missed) == (5, 2, 3)


def test_a_socket_that_ends_before_its_time_is_dropped() -> None:
    async def end(connection: ServerConnection) -> None:
        await connection.close(4408, "idle")

    async def run() -> Told:
        async with serving(handler=end) as site:
            return await told(site, load(sockets=3, socket_seconds=30))

    found = asyncio.run(run())

    assert (found.opened, found.open, found.dropped) == (3, 0, {"4408": 3})


def test_a_socket_that_answers_no_ping_at_its_end_is_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(websockets, "LAST_WORD_SECONDS", 0.2)

    async def say_nothing(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async def run() -> Told:
        async with serving(handler=say_nothing) as site:
            return await told(site, load(socket_seconds=0.1))

    assert asyncio.run(run()).dropped == {"TimeoutError": 1}


async def pong(connection: ServerConnection) -> None:
    """Answer every ping, with a number before it."""
    count = 0
    async for _ in connection:
        count += 1
        await connection.send(f'{{"n": {count}}}')
        await connection.send("pong")


def test_a_socket_is_kept_to_its_end_and_no_longer() -> None:
    async def run() -> tuple[Told, Told]:
        async with serving(handler=pong) as site:
            whole = await told(site, load(sockets=5, socket_seconds=0.2))
            stop = asyncio.Event()
            asyncio.get_running_loop().call_later(0.2, stop.set)
            stopped = await told(site, load(sockets=5, socket_seconds=3000), stop)
        return whole, stopped

    for found in asyncio.run(run()):
        assert (found.opened, found.open, found.dropped.total(), found.disordered) == (5, 0, 0, 0)


def bucket(size: int, headers: dict[str, str], body: str = "(some)") -> Process:
    """Let *size* requests through, and refuse the others."""
    left = [size]

    async def answer(connection: ServerConnection, _: Request) -> Response:
        left[0] -= 1
        status = HTTPStatus.OK if left[0] >= 0 else HTTPStatus.TOO_MANY_REQUESTS
        response = connection.respond(status, body)
        for name, value in headers.items():
            response.headers[name] = value
        return response

    return answer


GOOD = {"Retry-After": "1"}


@pytest.mark.parametrize(
    ("process", "fault"),
    [
        (bucket(5, GOOD), ""),
        (bucket(9000, GOOD), "none of 300 was refused"),
        (bucket(3, GOOD), "5 at once are to be let through"),
        (bucket(5, {}), "a refusal has no good Retry-After"),
        (bucket(5, {"Retry-After": "3600"}), "a refusal has no good Retry-After"),
        (bucket(5, GOOD, "(another)"), "refused by another limit: the body has no (some)"),
        (bucket(14, GOOD), "are the most that it lets through"),
    ],
)
def test_a_limit_is_met_at_its_number(
    process: Process, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PA-9: what was let through before is not waited for here."""
    monkeypatch.setattr(rate_limits, "sleep_or_stop", lambda *_: asyncio.sleep(0, result=False))
    limit = Limit("some", "(some)", per_minute=1, burst=5, asked=Asked("/a"), is_exact=True)

    async def run() -> rate_limits.Met:
        async with serving(process) as site:
            whole = load(limits=(limit,))
            (met,) = await rate_limits.meet_all(site, whole, asyncio.Event(), lambda _: None)
            return met

    met = asyncio.run(run())

    assert fault in met.fault
    assert bool(met.fault) == bool(fault)


def outcome(answers: Answers, found: Told, **changes: Any) -> Outcome:
    return Outcome(load(), answers, found, **changes)


def answers_of(times: list[float], **outcomes: int) -> Answers:
    counted = Counter({name.removeprefix("s"): count for name, count in outcomes.items()})
    total = counted.total()
    return Answers(total, total, 1, 1, times, outcomes=counted)


FEW = Limit("all", "(all)", per_minute=60, burst=5)
SOCKETS = Limit("sockets", "(sockets)", per_minute=60, burst=5, open_most=2)


@pytest.mark.parametrize(
    ("answers", "found", "faults"),
    [
        (answers_of([5.0] * 100, s200=100), Told(10, 10), []),
        (answers_of([5.0] * 99, s200=99, ReadTimeout=1), Told(100, 99), []),
        (answers_of([5.0] * 98, s200=98, s500=2), Told(0), ["2 of 100 requests failed; 1 % may"]),
        (
            answers_of([5.0] * 94 + [200.0] * 6, s200=100),
            Told(0),
            ["p95 is 200 ms; it is to stay within 100 ms"],
        ),
        (
            answers_of([], s200=1),
            Told(100, 99, dropped=Counter({"1006": 1})),
            ["98 of 100 WebSockets stayed open; 99 % are to"],
        ),
        (
            answers_of([], s200=1),
            Told(1, 1, disordered=2, missed=3),
            ["2 messages were out of order, 3 were missed"],
        ),
    ],
)
def test_what_misses_a_level_is_said(answers: Answers, found: Told, faults: list[str]) -> None:
    """PA-17: with the credential, by the levels of the system."""
    assert report.faults(outcome(answers, found), lifted=True) == faults


@pytest.mark.parametrize(
    ("answers", "found", "faults"),
    [
        (answers_of([], s200=7, s429=93), Told(9, 2, refused=Counter({"429": 7})), []),
        (
            answers_of([], s200=8, s429=92),
            Told(0),
            ["8 requests were let through in 1 s; the limit all lets through 7"],
        ),
        (
            answers_of([], s200=1, s503=1),
            Told(0),
            ["1 requests were neither answered nor refused by 429"],
        ),
        (answers_of([], s200=1), Told(3, 3), ["3 WebSockets were open; an address has 2 at most"]),
        (
            answers_of([], s200=1),
            Told(3, 1, unexplained=2),
            ["2 refusals do not say when to come again (Retry-After)"],
        ),
    ],
)
def test_a_limit_that_does_not_hold_under_load_is_said(
    answers: Answers, found: Told, faults: list[str]
) -> None:
    """PA-9: without the credential, whether or not each was met on its own."""
    ended = Outcome(load(limits=(FEW, SOCKETS)), answers, found)

    assert report.faults(ended, lifted=False) == faults


@pytest.mark.parametrize(
    ("cpu", "late", "said"),
    [(0.3, 5.0, ""), (0.95, 5.0, "95% of a core"), (0.3, 80.0, "sent 80 ms late")],
)
def test_it_is_said_when_the_client_was_the_bottleneck(cpu: float, late: float, said: str) -> None:
    found = Answers(100, 100, late=[late] * 100, cpu=cpu)

    assert said in report.client_fault(found)
    assert bool(report.client_fault(found)) == bool(said)


def test_a_secret_stands_in_no_description_of_where_it_is_sent() -> None:
    site = Site("https://some.chitty.cc", None, lambda _: SECRET, {"X-Load": SECRET})

    assert SECRET not in repr(site)


def test_a_load_test_that_would_cost_is_for_the_laptop_alone() -> None:
    """SI-P5: no provider of models is asked, and paid, by a load test of staging."""
    asks = load(local_only="its providers would be paid", credential=None, followed=None)
    staging, laptop = Target("staging", "staging", {}), Target("development", "development", {})

    refuse(laptop, SYSTEMS[0], asks, lifted=True)
    with pytest.raises(OpsError, match="its providers would be paid; run it against development"):
        refuse(staging, SYSTEMS[0], asks, lifted=True)
    with pytest.raises(OpsError, match="leave --without-credential away"):
        refuse(laptop, SYSTEMS[0], asks, lifted=False)
