"""What the API does not say of an account and its zones is not taken for their absence."""

import httpx
import pytest

from config.deployment import Zone
from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from ops.onboarding import account_ids
from ops.preflight import account_and_zones
from ops.preflight.verdicts import State

ACCOUNT = "a" * 32
ZONE = Zone(name="chitty.cc", id="b" * 32, plan="free", owner="staging")
SAID = {404: State.FAULT, 403: State.FAULT, 429: State.UNKNOWN, 500: State.UNKNOWN}


pytestmark = pytest.mark.usefixtures("waited")


@pytest.fixture
def answering():
    """Give a function that makes an API which answers everything by a status."""

    def made(status):
        body = {"success": False, "errors": [], "result": None}
        transport = httpx.MockTransport(lambda _: httpx.Response(status, json=body))
        return Client("https://api.example/client/v4", "canary", transport=transport)

    return made


@pytest.mark.parametrize(("status", "state"), SAID.items())
def test_no_answer_is_no_fault_of_the_account(answering, status, state):
    found = account_and_zones.account(answering(status), ACCOUNT, "staging")
    (of_zone,) = account_and_zones.zones(answering(status), [ZONE], ACCOUNT)

    assert (found.state, of_zone.state) == (state, state)
    assert ("the API does not say" in found.said) is (state is State.UNKNOWN)


def test_nor_is_it_a_token_that_is_refused(answering):
    with pytest.raises(OpsError, match=r"the API does not say .* \(503\); run the same command"):
        account_ids.accounts(answering(503))
    with pytest.raises(OpsError, match=r"CLOUDFLARE_API_TOKEN is refused \(403\)"):
        account_ids.accounts(answering(403))
