"""An account of staging, for what is looked for before an `up`."""

import pytest

from ops.preflight import doctor, known_resources
from tests.ops.staging_account import Account, staging_account


@pytest.fixture(scope="package")
def account(tmp_path_factory):
    with staging_account(tmp_path_factory.mktemp("account") / "cloudflare") as made:
        yield made


@pytest.fixture
def staged(account: Account, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Give the account; no state is known of the stack, and the program has run already."""
    monkeypatch.setattr(known_resources, "resources", lambda *_: ())
    monkeypatch.setattr(doctor, "declared", lambda *_: account.made)
    account.real.asked.clear()
    return account
