"""A stack takes nothing that another of its account or zone has, whatever state its file is in."""

import json
import random

import pytest

from config import ConfigError
from config.rules import other_stacks
from config.rules.rollouts import Circumstances
from tests.config import examples
from tests.config.examples import OWN, SECRETS, alone, load, put, source, without

RENAME = "name another ({stack} in a name stands for the stack)"
ROUTES = "chittyconnect:worker.routes"
NAMES = {
    "chittyconnect:worker.name": "worker",
    "chittyconnect:documents.bucket": "bucket",
    "chittyconnect:sessions.namespace": "KV namespace",
    "chittyconnect:database.name": "database",
    "chittyconnect:queue.name": "queue",
    "chittyconnect:queue.dead_letters": "queue",
}
HOST = "chittyconnect:host"
OWNER = "chittyos:zones.0.owner"
SEED = 20_261_128


def good(stack="development"):
    return alone(examples.good(stack))


def tracked(stack):
    return alone(examples.tracked(stack))


def beside(folder, stack, values):
    """Write the file of *stack*: JSON is YAML."""
    (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": values}))
    return Circumstances(beside=folder)


def said(stack, values, around):
    """Load *values* and return what is said, a pair of path and text each."""
    try:
        load(stack, source(values, stack), around=around)
    except ConfigError as error:
        return [(problem.path, problem.text) for problem in error.problems]
    return []


def plain(stack):
    """Return what a file of *stack* holds without its secrets."""
    own = {} if stack in {"development", "pr-7"} else OWN
    return {**tracked("development" if stack == "pr-7" else stack), **own}


@pytest.mark.parametrize(("path", "kind"), NAMES.items())
def test_a_name_of_another_stack_is_refused_with_both_places(tmp_path, path, kind):
    around = beside(tmp_path, "production", put(plain("production"), path, "the-same"))

    assert said("staging", put(good("staging"), path, "the-same"), around) == [
        (
            path,
            f"{kind} 'the-same' is taken by Pulumi.production.yaml: {path}; {RENAME}",
        )
    ]


@pytest.mark.parametrize("lacks", ["staging", "production", "both"])
def test_an_account_that_a_file_leaves_out_may_be_the_same(tmp_path, lacks):
    theirs = put(plain("production"), "chittyconnect:database.name", "chittyconnect")
    if lacks in {"production", "both"}:
        del theirs["chittyos:account"]
    values = good("staging")
    if lacks in {"staging", "both"}:  # only a rehearsal gets as far without one
        values |= {
            "chittyos:account": "0" * 32,
            "chittyos:rehearsal": True,
            "cloudflare:baseUrl": "http://127.0.0.1:4400/client/v4",
        }
    ((path, text),) = said("staging", values, beside(tmp_path, "production", theirs))

    assert path == "chittyconnect:database.name"
    assert text.endswith("if the accounts differ, set chittyos:account in both files")


def test_other_accounts_have_names_of_their_own_and_other_zones_hosts(tmp_path):
    theirs = {**good("staging"), "chittyos:account": "12" * 16}
    around = beside(tmp_path, "production", theirs)
    found = said("staging", good("staging"), around)
    assert [path for path, _ in found] == [HOST]

    around = beside(tmp_path, "production", put(theirs, "chittyos:zones.0.id", "34" * 16))
    assert said("staging", good("staging"), around) == []


def test_development_stacks_share_their_local_cloudflare_and_nothing_else(tmp_path):
    worker = "chittyconnect:worker.name"
    fixed = put(put(good(), worker, "chittyconnect"), HOST, "connect.chitty.cc")

    around = beside(tmp_path, "production", tracked("production"))
    beside(tmp_path, "development", fixed)
    assert said("development", fixed, around) == []

    assert [path for path, _ in said("pr-7", fixed, around)] == [worker, HOST]


def test_a_copy_of_development_has_names_of_its_own_by_its_stack(tmp_path):
    around = beside(tmp_path, "development", plain("development"))
    beside(tmp_path, "pr-8", plain("pr-7"))

    assert said("pr-7", good("pr-7"), around) == []
    ((path, text),) = said("pr-7", put(good("pr-7"), HOST, "connect-pr-8.chitty.cc"), around)
    assert path == HOST
    assert "taken by Pulumi.pr-8.yaml" in text


SWALLOWING = {
    "all hosts": "*.chitty.cc/*",
    "all hosts, the zone's too": "*chitty.cc/*",
    "the host": "connect.chitty.cc/*",
    "the host alone": "connect.chitty.cc",
    "a path of the host": "https://connect.chitty.cc/docs/*",
    "in capitals": "CONNECT.chitty.cc/*",
}


@pytest.mark.parametrize("route", SWALLOWING.values(), ids=SWALLOWING)
def test_a_route_takes_nothing_from_the_host_of_another_stack(tmp_path, route):
    values = put(put(good("staging"), ROUTES, [route]), OWNER, "staging")
    around = beside(tmp_path, "production", put(plain("production"), OWNER, "staging"))
    theirs = f"Pulumi.production.yaml: {HOST}"

    assert said("staging", values, around) == [
        (
            f"{ROUTES}[0]",
            f"{route!r} takes requests from host 'connect.chitty.cc' of {theirs}; make it narrower",
        )
    ]


@pytest.mark.parametrize("route", SWALLOWING.values(), ids=SWALLOWING)
def test_a_host_is_not_put_below_the_route_of_another_stack(tmp_path, route):
    around = beside(tmp_path, "staging", put(plain("staging"), ROUTES, [route]))
    ((path, text),) = said("production", good("production"), around)

    assert path == HOST
    assert f"route {route!r} of Pulumi.staging.yaml: {ROUTES}[0] takes" in text


def test_routes_that_meet_are_refused_and_others_pass(tmp_path):
    theirs = put(plain("production"), ROUTES, ["api.chitty.cc/v1/*"])
    around = beside(tmp_path, "production", theirs)

    for route in ("api.chitty.cc/v1/*", "api.chitty.cc/*", "api.chitty.cc/v1/users"):
        ((path, text),) = said("staging", put(good("staging"), ROUTES, [route]), around)
        assert path == f"{ROUTES}[0]"
        assert "Pulumi.production.yaml: chittyconnect:worker.routes[0]" in text
    for route in ("api.chitty.cc/v2/*", "api-staging.chitty.cc/*"):
        assert said("staging", put(good("staging"), ROUTES, [route]), around) == []


def test_a_host_in_a_zone_below_is_reached_by_no_route_above(tmp_path):
    zones = [{"name": "chitty.cc"}, {"name": "eu.chitty.cc"}]  # no ids: the names tell them apart
    theirs = {**plain("production"), "chittyos:zones": zones, HOST: "connect.eu.chitty.cc"}
    values = put(
        put(good("staging"), ROUTES, ["*chitty.cc/*"]), "chittyos:zones.0.owner", "staging"
    )

    assert said("staging", values, beside(tmp_path, "production", theirs)) == []


UNREADABLE = {
    "no YAML": "config: [",
    "empty": "",
    "a list": "- chittyos:account",
    "no block": "encryptionsalt: v1",
    "a text as block": "config: x",
    "bytes": "\udcff",
    "every value wrong": json.dumps({"config": {key: [[1]] for key in good()}}),
    "every value missing": json.dumps({"config": dict.fromkeys(good())}),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_stops_no_other_stack(tmp_path, text):
    path = tmp_path / "Pulumi.production.yaml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    (tmp_path / "Pulumi.folder.yaml").mkdir()

    assert said("staging", good("staging"), Circumstances(beside=tmp_path)) == []


GAPS = {
    "no worker": ("chittyconnect:worker", None),
    "a worker without a name": ("chittyconnect:worker", {"cpu_ms": 5}),
    "a worker that is text": ("chittyconnect:worker", "x"),
    "an unknown key": ("chittyconnect:nothing", 1),
    "an unknown key in a block": ("chittyconnect:queue.nothing", 1),
    "an unknown system": ("nobody:host", "x"),
    "a wrong number": ("chittyconnect:queue.batch_size", "many"),
    "no host": (HOST, None),
    "one zone without an id": ("chittyos:zones", [{"name": "chitty.cc"}]),
    "a wrong route before a good one": (ROUTES, ["no route?", "api.chitty.cc/*"]),
    "no environment": ("chittyos:environment", None),
}


@pytest.mark.parametrize(("path", "value"), GAPS.values(), ids=GAPS)
def test_what_can_be_read_of_an_incomplete_file_counts(tmp_path, path, value):
    theirs = plain("production")
    theirs = without(theirs, path) if value is None else put(theirs, path, value)
    taken = "chittyconnect-documents"
    around = beside(tmp_path, "production", theirs)
    values = put(good("staging"), "chittyconnect:documents.bucket", taken)
    values = put(values, ROUTES, ["api.chitty.cc/v1/*"]) if path == ROUTES else values

    found = dict(said("staging", values, around))
    expected = {"chittyconnect:documents.bucket"} | ({f"{ROUTES}[0]"} if path == ROUTES else set())
    assert found.keys() == expected
    if path == ROUTES:
        assert f"Pulumi.production.yaml: {ROUTES}[1]" in found[f"{ROUTES}[0]"]


def test_a_system_that_the_other_stack_leaves_out_claims_nothing(tmp_path):
    theirs = {**plain("production"), "chittyos:systems": ["nobody"]}
    values = put(good("staging"), "chittyconnect:documents.bucket", "chittyconnect-documents")

    assert said("staging", values, beside(tmp_path, "production", theirs)) == []


@pytest.mark.parametrize("name", ["Pulumi.production.bak.yaml", "Pulumi.yaml", "Pulumi.A.yaml"])
def test_what_is_no_file_of_a_stack_claims_nothing(tmp_path, name):
    (tmp_path / name).write_text(json.dumps({"config": plain("staging")}))

    assert said("staging", good("staging"), Circumstances(beside=tmp_path)) == []


PAIRS = [("staging", "production"), ("production", "staging"), ("pr-7", "development")]


def a_common_thing(chance, theirs, values, stack):
    """Let both stacks have one thing; return both, and the path in that of *stack*."""
    kind = chance.choice([*NAMES, HOST, "host below a route", "route over a host", "routes"])
    thing = f"x{chance.randrange(10**6)}"
    if kind in NAMES:
        mine = chance.choice([thing, thing.replace("x", "x{stack}")])
        theirs = put(theirs, kind, mine.replace("{stack}", stack))
        return theirs, put(values, kind, mine), kind
    host = f"{thing}.chitty.cc"
    form = chance.choice(["{}", "{}/*", "*{}/*", "https://{}/a*", "http://{}", "{}/a/b*"])
    pattern = form.format(host)
    if kind == HOST:
        return put(theirs, HOST, host), put(values, HOST, host), HOST
    if kind == "host below a route":
        return put(theirs, ROUTES, [pattern]), put(values, HOST, host), HOST
    if kind == "route over a host":
        return put(theirs, HOST, host), put(values, ROUTES, [pattern]), f"{ROUTES}[0]"
    return put(theirs, ROUTES, [pattern]), put(values, ROUTES, [pattern]), f"{ROUTES}[0]"


def with_gaps(chance, theirs):
    """Take some of what is not about names and hosts out of *theirs*, or spoil it."""
    for path in ("chittyos:plan", "chittyconnect:rollout", "chittyos:account", "chittyos:zones"):
        if path in theirs and chance.random() < 0.3:
            theirs = chance.choice([without(theirs, path), {**theirs, path: [7]}])
    return theirs


def test_no_pair_with_a_common_name_or_host_passes_and_others_do(tmp_path, monkeypatch):
    monkeypatch.setattr(other_stacks, "read_document", lambda path, _: json.loads(path.read_text()))
    files = {stack: plain(stack) for pair in PAIRS for stack in pair}
    chance = random.Random(SEED)  # noqa: S311 - the same pairs on every run
    for number in range(1_000):
        stack, other = chance.choice(PAIRS)
        theirs, values = put(files[other], OWNER, stack), put(files[stack], OWNER, stack)
        values = alone(values | SECRETS)
        if number % 10 == 0:
            assert said(stack, values, beside(tmp_path, other, theirs)) == []
        theirs, values, path = a_common_thing(chance, theirs, values, stack)
        found = said(stack, values, beside(tmp_path, other, with_gaps(chance, theirs)))

        assert path in dict(found), (stack, other, path, found)
        assert f"Pulumi.{other}.yaml: chittyconnect:" in dict(found)[path]
        (tmp_path / f"Pulumi.{other}.yaml").unlink()
