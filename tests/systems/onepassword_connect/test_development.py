"""The host of Connect on the laptop without a machine, and who reads through its door (OP-5)."""

import pytest

from config import Source, file_name
from config.reading.problems import ConfigError
from systems import access_hosts
from systems.platform import build
from tests.config.examples import SECRETS, as_engine, good, load, loaded, source
from tests.support import Recording, deploy
from tests.systems.onepassword_connect.test_component import plain

HOST = "1password-connect-development.chitty.cc"
WORKER = "WorkersScript chittyconnect-worker"
TOKEN = "ZeroTrustAccessServiceToken onepassword_connect-access-token-services"
KIND = ":ZeroTrustAccessServiceToken"
ID, SECRET = "id-of-the-token.access", "s3cret-of-the-token"
HALVES = {"ONEPASSWORD_ACCESS_CLIENT_ID": ID, "ONEPASSWORD_ACCESS_CLIENT_SECRET": SECRET}


@pytest.fixture(scope="module", autouse=True)
def issued():
    """Let the token have what only Cloudflare knows."""
    registered = Recording.new_resource

    def new_resource(self, args):
        name, outputs = registered(self, args)
        halves = {"clientId": ID, "clientSecret": SECRET} if args.typ.endswith(KIND) else {}
        return name, {**outputs, **halves}

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Recording, "new_resource", new_resource)
        yield


def made(**changes):
    values = good() | changes
    secret = {*SECRETS, *(f"chittyconnect:{name}" for name in HALVES)} & values.keys()
    given = Source(file_name("development"), as_engine(values), frozenset(secret))
    return deploy(lambda: build(load("development", given)))


@pytest.fixture(scope="module")
def development():
    return made()


def bindings(resources):
    listed = plain(resources[WORKER].inputs["bindings"])
    return {each["name"]: each.get("text") for each in listed}


def test_the_edge_is_the_one_of_a_real_host_and_no_container_is_asked_for(development):
    ingress, last = development[
        "ZeroTrustTunnelCloudflaredConfig onepassword_connect-tunnel-configuration"
    ].inputs["config"]["ingresses"]

    assert (ingress["hostname"], ingress["service"]) == (HOST, "http://nginx:8080")
    assert ingress["originRequest"]["access"]["required"] is True
    assert last == {"service": "http_status:404"}
    assert not [name for name in development if "Docker" in name or "Container" in name]


def test_who_reads_through_the_door_is_given_what_opens_it(development):
    """By the engine: nobody hands it over, as between two stacks."""
    given = bindings(development)

    assert {name: given[name] for name in HALVES} == HALVES
    assert access_hosts.known(HOST) == (
        ID,
        SECRET,
    )  # whoever verifies it right afterwards asks nobody
    order = list(development)
    assert order.index(TOKEN) < order.index(WORKER)


def test_a_token_that_is_set_stays_and_another_server_gets_none():
    set_by_hand = dict.fromkeys((f"chittyconnect:{name}" for name in HALVES), "set-by-hand")
    elsewhere = {
        "connect_url": "http://127.0.0.1:8080",
        "services": {"chittyid": {"vaults": ["services"]}},
    }

    given = bindings(made(**set_by_hand))
    without = bindings(made(**{"chittyconnect:credentials": elsewhere}))

    assert {given[name] for name in HALVES} == {"set-by-hand"}
    assert not HALVES.keys() & without.keys()


def test_a_stack_without_the_host_has_no_door():
    without = {f"onepassword_connect:{name}" for name in ("host", "tunnel", "team", "emails")}
    values = {key: value for key, value in good().items() if key not in without}
    given = deploy(lambda: build(load("development", source(values))))

    assert not HALVES.keys() & bindings(given).keys()
    assert not [name for name in given if "onepassword_connect" in name]


def test_outside_of_development_a_machine_is_needed():
    with pytest.raises(ConfigError, match="machines: must name a machine"):
        loaded("production", **{"onepassword_connect:host": "c.chitty.cc"})
