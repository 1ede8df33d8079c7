"""What KV refuses is said with what helps: another token, or another try."""

import httpx
import pytest

from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from ops.stack.workers_kv import Kv

SAID = {403: "the token needs Workers KV Storage: Edit", 429: "run the same command again"}


@pytest.mark.usefixtures("waited")
@pytest.mark.parametrize(("status", "said"), SAID.items())
def test_only_a_token_that_may_not_is_said_to_be_one(status, said):
    answer = httpx.Response(status, json={"success": False, "errors": []})
    kv = Kv("https://api.example/client/v4", "a" * 32, "canary")
    transport = httpx.MockTransport(lambda _: answer)
    kv._client = Client("https://api.example/kv", "canary", transport=transport)

    with pytest.raises(OpsError, match=rf"{status}.*; {said}$"):
        kv.namespace("keys")
    with pytest.raises(OpsError, match=rf"{status}.*; {said}$"):
        kv.ask("DELETE", "/n/values/k")
