"""An account of staging, as new stacks find it."""

import pytest

from tests.ops.staging_account import staging_account


@pytest.fixture(scope="package")
def account(tmp_path_factory):
    with staging_account(tmp_path_factory.mktemp("account") / "cloudflare") as made:
        yield made
