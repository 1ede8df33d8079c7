"""An `up` that is killed as by a power cut is repaired by the next: nothing is lost or left."""

import itertools
import json
import os
import random
import re
import time

import pytest

from harness.clone import kill_group, runs_of

pytestmark = [pytest.mark.engine, pytest.mark.workerd, pytest.mark.timeout(900)]

SEED = 20_261_121
POINTS = int(os.environ.get("KILL_POINTS", "5"))
"""How often an `up` is killed; `make bench` asks for more."""

RESOURCES = 37
"""Resources of the account that a whole `up` creates."""

MOST_WAIT = 0.25
"""Seconds after a line of output at which the kill may come, to hit the middle of a request."""


def kill_points():
    """Answer after how many created resources, and how long after, each run is killed."""
    chance = random.Random(SEED)  # noqa: S311 - the same points on every run
    counts = [count for _ in range(POINTS // RESOURCES) for count in range(RESOURCES)]
    rest = POINTS % RESOURCES  # spread over the run: one in each of as many equal parts of it
    edges = [RESOURCES * n // rest for n in range(rest + 1)] if rest else []
    counts += [chance.randrange(*part) for part in itertools.pairwise(edges)]
    return [(n, count, chance.uniform(0, MOST_WAIT)) for n, count in enumerate(sorted(counts))]


@pytest.mark.parametrize(("number", "created", "wait"), kill_points())
def test_a_killed_up_is_repaired_and_converges(clone, number, created, wait):
    stack = f"pr-{number}"
    clone.configuration(stack).write_text(clone.configuration().read_text())

    kill_after(clone.begin("up", stack), created, wait)
    again = clone.ops("up", stack)
    planned = clone.ops("preview", stack)

    assert again.code == 0, again.said
    assert planned.out.splitlines()[-1] == "no changes", planned.said
    assert locks(clone, stack) == []
    assert pending(clone, stack) == []
    assert_one_of_each(clone, stack)
    gone = clone.ops("destroy", stack, "--yes")
    assert gone.code == 0, gone.said
    assert of_stack(clone, stack) == []
    assert runs_of(clone.root) == []


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


def assert_one_of_each(clone, stack):
    assert of_stack(clone, stack) == sorted(
        [
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
        ]
    )
