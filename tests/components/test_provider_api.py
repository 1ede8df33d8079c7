"""A component never asks another cloud than the one that its provider is in."""

import pulumi
import pytest

from components.database import Database, DatabaseArgs
from components.durable_object import live_tag
from components.provider_api import CLOUDFLARE_API
from components.sdk import cloudflare
from components.worker_secret import WorkerSecret, WorkerSecretArgs
from tests.support import deploy

ACCOUNT = "ab" * 16
STACK, SHELL, GIVEN = (f"http://127.0.0.1:{port}/client/v4" for port in (1, 2, 3))
MIGRATIONS = "D1Migrations data-migrations"


@pytest.fixture
def configured(monkeypatch):
    """Configure `cloudflare:baseUrl` of the stack, and what the shell has."""
    monkeypatch.delenv("CLOUDFLARE_BASE_URL", raising=False)

    def configure(stack, shell):
        pulumi.runtime.set_all_config({"cloudflare:baseUrl": stack} if stack else {})
        if shell:
            monkeypatch.setenv("CLOUDFLARE_BASE_URL", shell)

    yield configure
    pulumi.runtime.set_all_config({})


def migrated_over(provider=None):
    """Give the address that a database is migrated over."""

    def build():
        opts = pulumi.ResourceOptions(provider=provider() if provider else None)
        args = DatabaseArgs(database="d")
        return Database("data", args, account_id=ACCOUNT, opts=opts)

    return deploy(build)[MIGRATIONS].inputs["base_url"]


CLOUDS = {
    "the stack's": (STACK, SHELL, STACK),
    "the shell's": (None, SHELL, SHELL),
    "Cloudflare's own": (None, None, CLOUDFLARE_API),
}


@pytest.mark.parametrize(("given", "address"), [(GIVEN, GIVEN), (None, SHELL)])
def test_a_secret_of_another_worker_is_set_where_its_provider_is(configured, given, address):
    configured(STACK, SHELL)

    def build():
        opts = pulumi.ResourceOptions(provider=cloudflare.Provider("own", base_url=given))
        args = WorkerSecretArgs(script="theirs", secret="THEIR_TOKEN")
        return WorkerSecret("theirs", args, value="v", account_id=ACCOUNT, opts=opts)

    assert deploy(build)["WorkerSecret theirs"].inputs["base_url"] == address


@pytest.mark.parametrize(("stack", "shell", "address"), CLOUDS.values(), ids=CLOUDS)
def test_a_database_is_migrated_where_the_provider_of_the_stack_makes_it(
    configured, stack, shell, address
):
    configured(stack, shell)

    assert migrated_over() == address


EXPLICIT = {
    "an address of its own": (GIVEN, GIVEN),
    "a slash at its end": (f"{GIVEN}/", GIVEN),
    "no address": (None, SHELL),
}


@pytest.mark.parametrize(("given", "address"), EXPLICIT.values(), ids=EXPLICIT)
def test_an_explicit_provider_decides(configured, given, address):
    """It is configured by itself: nothing of the stack's `cloudflare:` reaches it."""
    configured(STACK, SHELL)

    assert migrated_over(lambda: cloudflare.Provider("own", base_url=given)) == address


def test_a_component_takes_over_the_provider_of_its_parent(configured):
    configured(STACK, None)

    def build():
        own = cloudflare.Provider("own", base_url=GIVEN)
        parent = pulumi.ComponentResource(
            "x:y:Z", "parent", {}, pulumi.ResourceOptions(providers=[own])
        )
        opts = pulumi.ResourceOptions(parent=parent)
        return Database("data", DatabaseArgs(database="d"), account_id=ACCOUNT, opts=opts)

    assert deploy(build)[MIGRATIONS].inputs["base_url"] == GIVEN


def test_what_is_live_is_asked_of_the_provider_that_is_given(monkeypatch):
    seen = []

    def listed(*, account_id, opts):
        seen.append((account_id, opts.provider))
        return cloudflare.AwaitableGetWorkersScriptsResult(results=[])

    monkeypatch.setattr(cloudflare, "get_workers_scripts", listed)
    provider = object()

    assert live_tag(ACCOUNT, "some", provider) is None  # type: ignore[arg-type]
    assert seen == [(ACCOUNT, provider)]
