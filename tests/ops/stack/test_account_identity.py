"""What is believed to be the API of an account, and what is not."""

import re

import httpx
import pytest

from ops.errors import OpsError
from ops.stack import account_identity
from ops.stack.target import Target

pytestmark = pytest.mark.usefixtures("waited")

ID = "a" * 32
STAGING = Target("staging", "staging", {"chittyos:account": ID})


def serving(routes):
    """Make a transport that answers by the end of the path; what is not in *routes* is 403."""

    def answer(request):
        for path, response in routes.items():
            if request.url.path.endswith(path):
                return response
        return httpx.Response(
            403, json={"success": False, "errors": [{"code": 9109}], "result": None}
        )

    return httpx.MockTransport(answer)


def of(status=200, *, success=True, result=None, errors=()):
    body = {"success": success, "errors": list(errors), "messages": [], "result": result}
    return httpx.Response(status, json=body)


def test_the_api_of_the_account_is_believed():
    account_identity.check(STAGING, serving({f"/accounts/{ID}": of(result={"id": ID})}))


def test_a_token_that_may_not_read_the_account_proves_it_by_a_list_of_its_stores():
    account_identity.check(STAGING, serving({"/d1/database": of(result=[])}))


REFUSED = {
    "a 404 of the API": (
        of(404, success=False, errors=[{"code": 7003}]),
        "refuses (404, code 7003)",
    ),
    "no success": (of(success=False), "refuses (200)"),
    "a page": (httpx.Response(200, html="<p>"), "does not answer as Cloudflare's API v4 (200)"),
    "a list": (httpx.Response(200, json=[]), "does not answer as Cloudflare's API v4 (200)"),
    "other JSON": (httpx.Response(200, json={"ok": 1}), "does not answer as Cloudflare's API"),
    "another account": (of(result={"id": "b" * 32}), "is another account"),
    "a page with 403": (httpx.Response(403, html="<p>"), "does not answer as Cloudflare's API"),
}


@pytest.mark.parametrize(("response", "said"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_not(response, said):
    with pytest.raises(OpsError, match=re.escape(said)):
        account_identity.check(STAGING, serving({f"/accounts/{ID}": response}))


def test_a_token_that_may_do_nothing_in_it_proves_nothing():
    with pytest.raises(OpsError, match=re.escape("refuses (403, code 9109)")):
        account_identity.check(STAGING, serving({}))


def test_an_api_that_cannot_be_reached_is_said():
    def fail(_):
        raise httpx.ConnectError("no route")

    with pytest.raises(OpsError, match=re.escape("does not answer (ConnectError)")):
        account_identity.check(STAGING, httpx.MockTransport(fail))
