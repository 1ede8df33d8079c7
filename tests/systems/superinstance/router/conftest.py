"""The router of SuperInstance on a local Cloudflare of its own, once for all tests here."""

from collections.abc import Iterator

import pytest

from harness.local_cloudflare import local_cloudflare
from harness.look_alikes import model_providers, stripe_payments
from tests.systems.superinstance.conftest import deploy as deploy_billing
from tests.systems.superinstance.router.stack import RouterStack, deploy, stripe_bindings


@pytest.fixture(scope="session")
def router(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RouterStack]:
    directory = tmp_path_factory.mktemp("router") / "cloudflare"
    with (
        model_providers() as providers,
        stripe_payments() as payments,
        local_cloudflare(directory) as cloud,
    ):
        bound = stripe_bindings(payments, cloud.edge_port)
        yield deploy(cloud, deploy_billing(cloud, **bound), providers)
