"""An `up` that is killed as by a power cut is repaired by the next: nothing is lost or left."""

import json
import os
import random
import re
import time
from typing import NamedTuple

import pytest

from harness.clone import kill_group, runs_of

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(900)]

SEED = 20_261_121
POINTS = int(os.environ.get("KILL_POINTS", "5"))
"""How often an `up` is killed; `make bench` asks for more."""

WHOLE = 5
"""One of as many points is in an `up` of the whole platform, the others of two systems, which have
something of each kind: Durable Objects, D1, KV, a queue, R2, hosts."""

TWO = ("chittyconnect", "chittyid")
RESOURCES = {True: 68, False: 25}
"""How many resources an `up` creates, of the whole platform or of two systems."""

MOST_WAIT = 0.25
"""Seconds after a line of output at which the kill may come, to hit the middle of a request."""


class Point(NamedTuple):
    """When a run is killed."""

    number: int
    whole: bool
    """Whether the run is of the whole platform."""
    created: int
    """After how many created resources, and how many seconds after that one."""
    wait: float


def kill_points():
    """Give points that are spread over a run: one in each of as many equal parts of it."""
    chance = random.Random(SEED)  # noqa: S311 - the same points on every run
    for number in range(POINTS):
        whole = number % WHOLE == WHOLE // 2
        created = int((number + chance.random()) / POINTS * RESOURCES[whole])
        yield Point(number, whole, created, chance.uniform(0, MOST_WAIT))


@pytest.mark.parametrize("point", list(kill_points()), ids=lambda point: f"{point.number}")
def test_a_killed_up_is_repaired_and_converges(clone, small, point):
    stack = f"pr-{point.number}"
    whole = clone.configuration().read_text()
    clone.configuration(stack).write_text(whole if point.whole else small)

    kill_after(clone.begin("up", stack), point.created, point.wait)
    again = clone.ops("up", stack)
    planned = clone.ops("preview", stack)

    assert again.code == 0, again.said
    assert planned.out.splitlines()[-1] == "no changes", planned.said
    assert locks(clone, stack) == []
    assert pending(clone, stack) == []
    assert of_stack(clone, stack) == sorted(names(stack, whole=point.whole))
    gone = clone.ops("destroy", stack, "--yes")
    assert gone.code == 0, gone.said
    assert of_stack(clone, stack) == []
    assert runs_of(clone.root) == []


@pytest.fixture(scope="module")
def small(clone):
    """Give the configuration of the two systems alone."""
    file = clone.configuration()
    text = file.read_text()
    clone.keep(*TWO)
    kept = file.read_text()
    file.write_text(text)
    return kept


def kill_after(process, created, wait):
    """Kill *process* and all of its group *wait* seconds after it said it created that many."""
    seen = 0
    while seen < created:
        line = process.stdout.readline()
        assert line, "the run ended before it could be killed"
        seen += line.startswith("  created ")
    if created == 0:
        process.stdout.readline()
    time.sleep(wait)
    kill_group(process)


def locks(clone, stack):
    folder = clone.root / ".local" / "state" / ".pulumi" / "locks" / "organization" / "chittyos"
    return list((folder / stack).glob("*.json"))


def pending(clone, stack):
    latest = json.loads(clone.state(stack))["checkpoint"]["latest"]
    return latest.get("pending_operations") or []


def of_stack(clone, stack):
    """List the names of all that the account has of *stack*."""
    names = [it["id"] for it in clone.api("/workers/scripts")]
    names += [it["title"] for it in clone.api("/storage/kv/namespaces")]
    names += [it["name"] for it in clone.api("/d1/database")]
    names += [it["queue_name"] for it in clone.api("/queues")]
    names += [it["name"] for it in clone.api("/r2/buckets")["buckets"]]
    names += [it["hostname"] for it in clone.api("/workers/domains")]
    return sorted(name for name in names if stack in re.split(r"[._-]", name, maxsplit=1)[1])


def names(stack, *, whole):
    """List the names of all that the account is to have of *stack*."""
    yield from (
        f"chittyconnect-{stack}",
        f"chittyconnect-{stack}",
        f"chittyconnect-documents-{stack}",
        f"chittyconnect-documents-events-{stack}",
        f"chittyconnect-documents-events-dlq-{stack}",
        f"chittyconnect-token-kv-{stack}",
        f"connect-{stack}.chitty.cc",
        f"chittyid-{stack}",
        f"chittyid-{stack}",
        f"chittyid-kv-{stack}",
        f"id-{stack}.chitty.cc",
        f"chittyid-{stack}.chitty.cc",
    )
    if whole:
        yield from (
            f"chittyops-project-awareness-{stack}",
            f"chittyops-project-awareness-watch-{stack}",
            f"chittyops_sessions_{stack}",
            f"chittyops_projects_{stack}",
            f"chittyops_sync_{stack}",
            f"chittyops-project-data-{stack}",
            f"chittyops-analytics-{stack}",
            f"project-awareness-{stack}.chitty.cc",
            f"superinstance-{stack}",
            f"superinstance-api-keys-{stack}",
            f"superinstance-billing-{stack}",
            f"superinstance-billing-{stack}.chitty.cc",
            f"superinstance-rate-limits-{stack}",
            f"superinstance-router-{stack}",
            f"superinstance-{stack}.chitty.cc",
            f"superinstance-knowledge-{stack}",
            f"superinstance-models-{stack}",
            f"superinstance-session-state-{stack}",
            f"superinstance-sync-{stack}",
            f"superinstance-sync-{stack}.chitty.cc",
        )
