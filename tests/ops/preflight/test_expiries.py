"""What of a stack ends by itself is told of in time, in one place (OP-5, PA-10, FW-11)."""

from datetime import UTC, datetime, timedelta

import pytest

from ops.cloudflare_api.answer import Answer
from ops.cloudflare_api.client import Client
from ops.preflight import expiries, known_resources
from ops.preflight.verdicts import State
from planning.exposure.graph import Resource

NOW = datetime(2026, 11, 30, tzinfo=UTC)
SERVICE = "cloudflare:index/zeroTrustAccessServiceToken:ZeroTrustAccessServiceToken"
TOKEN = "cloudflare:index/accountToken:AccountToken"
PACK = "cloudflare:index/certificatePack:CertificatePack"


class Answering(Client):
    """Answers everything alike, and notes what was asked."""

    def __init__(self, answer: Answer) -> None:
        self.said = answer
        self.asked: list[str] = []

    def get(self, path, _query=None):
        self.asked.append(path)
        return self.said


def resource(kind, **inputs):
    return Resource(f"urn:{kind}", kind, "mine", {"name": "mine", **inputs}, id="7")


def judged(kind, answer, **inputs):
    asked = Answering(answer)
    found = list(expiries.judge(asked, "a", [resource(kind, **inputs)], "staging", NOW))
    return [(each.subject, each.state, each.said) for each in found], asked.asked


def after(**more):
    return (NOW + timedelta(**more)).isoformat()


TOKENS = {
    "a year": (after(days=365), State.GOOD, "until 2027-11-30"),
    "thirty days and more": (after(days=30), State.GOOD, "until 2026-12-30"),
    "less": (after(days=29, hours=23), State.WARNING, "it ends in 29 days, on 2026-12-29"),
    "today": (after(hours=1), State.WARNING, "it ends in 0 days, on 2026-11-30"),
    "ended": (after(seconds=-1), State.FAULT, "it ended on 2026-11-29"),
}


@pytest.mark.parametrize(("ends", "state", "said"), TOKENS.values(), ids=TOKENS)
def test_a_token_is_warned_of_thirty_days_before_it_ends(ends, state, said):
    service, asked = judged(SERVICE, Answer(200, {"expires_at": ends}))
    own, _ = judged(TOKEN, Answer(200, {"expires_on": ends}))

    assert service == [("service token mine", state, said)]
    assert own == [("API token mine", state, said)]
    assert asked == ["/accounts/a/access/service_tokens/7"]


def test_a_token_without_an_end_is_not_told_of():
    assert judged(TOKEN, Answer(200, {"expires_on": None})) == ([], ["/accounts/a/tokens/7"])


CERTIFICATES = {
    "new": (90, 80, State.GOOD),
    "half over": (90, 45, State.GOOD),
    "not renewed": (90, 13, State.WARNING),
    "short, and just renewed": (14, 12, State.GOOD),
    "ended": (90, -1, State.FAULT),
}


@pytest.mark.parametrize(("lifetime", "left", "state"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_a_certificate_is_judged_by_the_share_of_its_lifetime(lifetime, left, state):
    other = {"expires_on": after(days=300), "uploaded_on": after(days=-1)}
    one = {"expires_on": after(days=left), "uploaded_on": after(days=left - lifetime)}
    pack = {"hosts": ["a.chitty.cc"], "certificates": [other, one]}

    (found,), asked = judged(PACK, Answer(200, pack), zoneId="z")

    assert found[:2] == ("certificate a.chitty.cc", state)
    assert asked == ["/zones/z/ssl/certificate_packs/7"]


def test_a_pack_that_waits_for_its_validation_has_no_end_yet():
    assert judged(PACK, Answer(200, {"certificates": []}), zoneId="z")[0] == []


def test_what_the_token_may_not_see_is_not_called_good():
    ((subject, state, said),), _ = judged(SERVICE, Answer(403, codes=(10000,)))

    assert (subject, state) == ("service token mine", State.UNKNOWN)
    assert said.endswith("(403, code 10000), which needs Access: Service Tokens Read")


def test_what_the_account_no_longer_has_is_a_warning():
    ((_, state, said),), _ = judged(SERVICE, Answer(404))

    assert (state, said) == (State.WARNING, "the state has it and the account does not")


@pytest.mark.workerd
def test_doctor_tells_of_what_ends_in_the_account(staged, monkeypatch):
    """OP-5: a service token that ends soon, on the API itself."""
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", staged.cloud.token)
    path = staged.cloud.account("/access/service_tokens")
    made = staged.cloud.result("POST", path, json={"name": "mine", "duration": "240h"})
    own = Resource("urn:mine", SERVICE, "mine", {"name": "mine"}, id=made["id"])
    monkeypatch.setattr(known_resources, "resources", lambda *_: (own,))

    (found,) = [each for each in staged.examine() if each.subject == "service token mine"]

    assert found.state is State.WARNING
    assert found.said.startswith("it ends in 9 days")
    assert found.next.startswith("refresh it, which keeps its secret")
    with Client(staged.cloud.api_url, staged.cloud.token) as asked:
        later = datetime.now(UTC) + timedelta(days=11)
        (ended,) = expiries.judge(asked, staged.cloud.account_id, [own], "staging", later)
    assert ended.state is State.FAULT
