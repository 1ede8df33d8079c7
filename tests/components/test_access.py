"""What Access registers, in which order, and what is refused before that (FW-6, OP-5)."""

from typing import Any

import pulumi
import pytest
from pydantic import ValidationError

from components.access import Access, AccessArgs, GroupArgs, PolicyArgs, ServiceTokenArgs, WhoArgs
from components.access_application import Application, ApplicationArgs, Gate
from components.upload import prepare
from components.worker import Worker
from components.worker_args import Attachments, Host, Route, WorkerArgs
from planning.refusals import RefusedError
from tests.support import deploy

ACCOUNT, ZONE = "ab" * 16, "cd" * 16
HOST = "1password-connect.chitty.cc"
MACHINES = WhoArgs(service_tokens=("workers",))
PEOPLE = WhoArgs(email_domains=("chitty.cc",))
SCRIPTS = {"getWorkersScripts": {"results": [{"id": "inner", "tag": "t" * 32}]}}


def token(**changes: Any) -> ServiceTokenArgs:
    return ServiceTokenArgs(**{"name": "workers", "title": "Workers", **changes})


def policy(**changes: Any) -> PolicyArgs:
    whole = {"name": "services", "title": "ChittyOS Services Only", "decision": "non_identity"}
    return PolicyArgs(**{**whole, "include": MACHINES, **changes})


def args(**changes: Any) -> AccessArgs:
    whole = {"service_tokens": (token(),), "policies": (policy(),), "emails": ("ops@chitty.cc",)}
    return AccessArgs(**{**whole, **changes})


def made(given: AccessArgs | None = None) -> Any:
    return deploy(lambda: Access("access", given or args(), account_id=ACCOUNT))


def test_a_policy_is_reusable_and_names_the_token_by_its_id():
    found = made()

    registered = found["ZeroTrustAccessPolicy access-policy-services"].inputs
    assert registered["includes"] == [{"serviceToken": {"tokenId": "access-token-workers-id"}}]
    assert (registered["name"], registered["decision"]) == (
        "ChittyOS Services Only",
        "non_identity",
    )
    assert registered["sessionDuration"] == "8h"


def test_every_selector_is_one_key():
    who = WhoArgs(
        emails=("ada@chitty.cc",),
        email_domains=("chitty.cc",),
        groups=("team",),
        addresses=("203.0.113.7",),
    )
    group = GroupArgs(name="team", include=PEOPLE, exclude=WhoArgs(emails=("eve@chitty.cc",)))
    people = policy(name="people", decision="allow", include=who)

    found = made(AccessArgs(groups=(group,), policies=(people,)))

    assert found["ZeroTrustAccessPolicy access-policy-people"].inputs["includes"] == [
        {"email": {"email": "ada@chitty.cc"}},
        {"emailDomain": {"domain": "chitty.cc"}},
        {"group": {"id": "access-group-team-id"}},
        {"ip": {"ip": "203.0.113.7/32"}},
    ]
    assert found["ZeroTrustAccessGroup access-group-team"].inputs["excludes"] == [
        {"email": {"email": "eve@chitty.cc"}}
    ]


def test_people_may_have_to_prove_more_than_a_login():
    people = policy(
        name="people", decision="allow", include=PEOPLE, second_factor=("security_key", "totp")
    )

    registered = made(AccessArgs(policies=(people,)))["ZeroTrustAccessPolicy access-policy-people"]

    assert registered.inputs["mfaConfig"] == {
        "allowedAuthenticators": ["security_key", "totp"],
        "mfaDisabled": False,
    }


def test_who_is_told_before_a_token_ends_goes_with_it():
    """Incident 16."""
    told = made()["NotificationPolicy access-expiry"].inputs

    assert told["alertType"] == "expiring_service_token_alert"
    assert told["mechanisms"] == {"emails": [{"id": "ops@chitty.cc"}]}
    with pytest.raises(ValidationError, match="nobody is told"):
        args(emails=())


def test_a_rotation_says_until_when_the_old_secret_is_taken():
    given = args(service_tokens=(token(secret_version=2, previous_until="2026-12-24T00:00:00Z"),))

    registered = made(given)["ZeroTrustAccessServiceToken access-token-workers"].inputs

    assert registered["clientSecretVersion"] == 2
    assert registered["previousClientSecretExpiresAt"] == "2026-12-24T00:00:00Z"
    for wrong in ({"secret_version": 2}, {"previous_until": "2026-12-24T00:00:00Z"}):
        with pytest.raises(ValidationError, match="together"):
            token(**wrong)


def test_the_secret_of_a_token_is_one():
    seen: list[bool] = []

    async def look(secret: pulumi.Output[str]) -> None:
        seen.append(await secret.is_secret())

    def build():
        access = Access("access", args(), account_id=ACCOUNT)
        secret = access.tokens["workers"].client_secret
        pulumi.export("checked", pulumi.Output.from_input(look(secret)))

    deploy(build)

    assert seen == [True]


@pytest.mark.parametrize("duration", ["forever", "1y", "8761h", "0h", "24", "90m", "8760H"])
def test_a_token_ends_within_a_year(duration):
    with pytest.raises(ValidationError, match="whole hours up to a year"):
        token(duration=duration)


def test_a_name_that_is_not_there_is_refused():
    lost = policy(include=WhoArgs(service_tokens=("nobody",)))

    with pytest.raises(RefusedError, match="no service token 'nobody'"):
        made(args(policies=(lost,)))
    with pytest.raises(RefusedError, match="no policy 'x'; there are: services"):
        deploy(lambda: guard(ApplicationArgs(title="A", places=(HOST,), policies=("x",))))


def guard(given: ApplicationArgs, **more: Any) -> Application:
    ids = {"services": "p1", "people": "p2"}
    return Application("app", given, account_id=ACCOUNT, policy_ids=ids, **more)


def test_an_application_says_destinations_alone_and_policies_by_id():
    """TF#5495, TF#5499: `domain` beside them, or more of a policy, changes at every `up`."""
    given = ApplicationArgs(title="Connect", places=(HOST,), policies=("services", "people"))

    registered = deploy(lambda: guard(given))["ZeroTrustAccessApplication app"].inputs

    assert registered["destinations"] == [{"type": "public", "uri": HOST}]
    assert not {"domain", "selfHostedDomains"} & registered.keys()
    assert registered["policies"] == [
        {"id": "p1", "precedence": 1},
        {"id": "p2", "precedence": 2},
    ]
    assert registered["serviceAuth401Redirect"] is True
    assert registered["sameSiteCookieAttribute"] == "lax"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"policies": ()}, "lets nobody in"),
        ({"policies": ("a", "a")}, "one precedence"),
        ({"places": (HOST, HOST)}, "twice"),
        ({"places": ("*.cc",)}, "a star in the domain"),
        ({"places": (f"{HOST}/a//b",)}, "is no path"),
        ({"session_hours": 25}, "less than or equal to 24"),
    ],
)
def test_an_application_that_guards_nothing_is_refused(changes, said):
    whole = {"title": "A", "places": (HOST,), "policies": ("services",)}

    with pytest.raises(ValidationError, match=said):
        ApplicationArgs(**{**whole, **changes})


def test_an_application_before_nothing_is_refused():
    with pytest.raises(RefusedError, match="stands before nothing"):
        deploy(lambda: guard(ApplicationArgs(title="A", policies=("services",))))


@pytest.fixture
def worker(project):  # noqa: ARG001 - the folder that esbuild works in
    """Register a worker with a host and a route behind gates."""

    def build(*gates: Gate) -> Any:
        attachments = Attachments(
            hosts=(Host(name="in.chitty.cc", zone_id=ZONE),),
            routes=(Route(pattern="api.chitty.cc/in/*", zone_id=ZONE),),
        )
        given = WorkerArgs(
            script="inner",
            entry="worker.ts",
            compatibility_date="2026-11-01",
            attachments=attachments,
        )
        upload = prepare(ACCOUNT, given)
        return deploy(
            lambda: Worker("w", upload, account_id=ACCOUNT, bindings={}, gates=gates),
            answers=SCRIPTS,
        )

    return build


def gate(*places: str) -> Gate:
    given = ApplicationArgs(title="Inner", places=places, policies=("services",))
    return Gate("inner", given, {"services": "p1"})


def test_a_worker_is_guarded_itself_and_before_it_answers(worker):
    """Incident 20: a host alone would leave routes, workers.dev and previews open."""
    found = worker(gate())

    application = found["ZeroTrustAccessApplication w-access-inner"]
    assert application.inputs["destinations"] == [{"type": "worker", "workerId": "t" * 32}]
    for opened in ("WorkersCustomDomain w-in.chitty.cc", "WorkersRoute w-api.chitty.cc/in/*"):
        assert "ZeroTrustAccessApplication w-access-inner" in found[opened].depends_on


def test_a_place_is_guarded_before_its_host_is_opened(worker):
    found = worker(gate("in.chitty.cc/admin"))

    application = found["ZeroTrustAccessApplication w-access-inner"]
    assert application.inputs["destinations"] == [{"type": "public", "uri": "in.chitty.cc/admin"}]
    opened = found["WorkersCustomDomain w-in.chitty.cc"]
    assert "ZeroTrustAccessApplication w-access-inner" in opened.depends_on
    assert "WorkersScript w" not in application.depends_on


def test_a_worker_without_a_gate_asks_nothing_of_the_account(worker):
    assert not [name for name in worker() if "Access" in name]
