"""Who may change the account: tokens, members, and the alarms that tell of it."""

import datetime as dt

from policies.pack import clock, schema
from policies.pack.finding import Findings
from policies.pack.hosts import host_of, is_inner, is_wide
from policies.pack.resource import Resource
from policies.pack.rule import DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import (
    ACCOUNT,
    ACCOUNT_MEMBER,
    ACCOUNT_TOKEN,
    API_TOKEN,
    NOTIFICATION,
    WEBHOOK,
)
from policies.pack.value import Value

FUNDAMENTALS_URL = "https://developers.cloudflare.com/fundamentals/"
TOKENS = (API_TOKEN, ACCOUNT_TOKEN)
MECHANISMS = ("emails", "webhooks", "pagerduties")
SUPER_ADMINISTRATOR = "33666b9c79b9a5273fc7344ff42f953d"


@rule(
    "api-token-scoped",
    on=TOKENS,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Name the accounts and zones by id, and the few permissions that are needed.",
    frameworks=("Cloudflare: API tokens", "OWASP ASVS 1.4"),
    url=f"{FUNDAMENTALS_URL}api/get-started/create-token/",
    settings={"maxPermissionGroups": schema.number("Most permission groups of one policy.", 25)},
)
def api_token_scoped(token: Resource, settings: Settings) -> Findings:
    """A token for every account or zone does, when it leaks, harm in each of them."""
    for policy in token["policies"].items():
        if not policy["effect"].equals("allow"):
            continue
        if any(key.endswith(".*") for key in _resources(policy).names()):
            yield policy["resources"].problem("has a key that ends in `.*`: all accounts or zones")
        groups = policy["permissionGroups"]
        if len(groups.items()) > settings["maxPermissionGroups"]:
            yield groups.problem("grants more permissions than one task needs")


def _resources(policy: Value) -> Value:
    resources = policy["resources"]
    return resources.parsed() if resources.text() is not None else resources


@rule(
    "api-token-expires-and-bound",
    on=TOKENS,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Set expiresOn within the year, and the addresses that may use the token.",
    frameworks=("Cloudflare: client IP filtering or TTL", "OWASP ASVS 2.10"),
    url=f"{FUNDAMENTALS_URL}api/how-to/restrict-tokens/",
    settings={"maxDays": schema.number("Longest life, in days.", 365)},
)
def api_token_expires_and_bound(token: Resource, settings: Settings) -> Findings:
    """A token that leaked is good until it ends, from wherever it may be used."""
    yield from _expiry(token["expiresOn"], settings["maxDays"])
    addresses = token["condition"]["requestIp"]["ins"]
    if addresses.empty:
        yield addresses.advice("is missing: the token works from everywhere")
    for each in addresses.items():
        if is_wide(each.text()):
            yield each.problem(f"is {each}: the token works from everywhere")
    if token.type == API_TOKEN:
        yield token.advice("belongs to a person; an account token outlives their leaving")


def _expiry(place: Value, max_days: float) -> Findings:
    if not place.known:
        return
    end = clock.day(place.text())
    latest = clock.today() + dt.timedelta(days=max_days)
    if end is None:
        yield place.problem("is missing: the token never ends")
    elif end > latest:
        yield place.problem(f"is {place}, more than {max_days:.0f} days ahead")


@rule(
    "account-2fa-and-members",
    on=(ACCOUNT, ACCOUNT_MEMBER),
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Enforce two factors, and give members the roles that they need.",
    frameworks=("turbot: Cloudflare compliance", "Cloudflare Security Insights"),
    url=f"{FUNDAMENTALS_URL}manage-members/",
    settings={
        "superAdminRoles": schema.texts(
            "Ids of the roles that may do everything.", SUPER_ADMINISTRATOR
        )
    },
)
def account_2fa_and_members(subject: Resource, settings: Settings) -> Findings:
    """Whoever takes over one member with every right has taken over the account."""
    if subject.type == ACCOUNT:
        enforced = subject["settings"]["enforceTwofactor"]
        if enforced.is_not_true:
            yield enforced.problem("is not true")
        return
    granted = [*subject["roles"].items()]
    for policy in subject["policies"].items():
        if policy["access"].equals("allow"):
            granted += [group["id"] for group in policy["permissionGroups"].items()]
    for role in granted:
        if role.equals(*settings["superAdminRoles"]):
            yield role.problem("is a role that may do everything")


@rule(
    "notification-deliverable",
    on=(NOTIFICATION, WEBHOOK),
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Enable the policy, name who is told, and sign what webhooks are sent over https.",
    frameworks=("Cloudflare: notifications",),
    url="https://developers.cloudflare.com/notifications/",
)
def notification_deliverable(subject: Resource) -> Findings:
    """An alarm that reaches nobody is silence."""
    if subject.type == NOTIFICATION:
        yield from _policy(subject)
        return
    url = subject["url"]
    if url.known and not (url.text() or "").strip().lower().startswith("https://"):
        yield url.problem("is no https address")
    elif is_inner(host_of(url.text() or "")):
        yield url.problem("is an inner address, which Cloudflare cannot reach")
    if subject["secret"].empty:
        yield subject["secret"].problem("is missing: anybody may send such alarms")


def _policy(policy: Resource) -> Findings:
    if policy["enabled"].is_false:
        yield policy["enabled"].problem("is false")
    mechanisms = policy["mechanisms"]
    if mechanisms.known and all(mechanisms[key].empty for key in MECHANISMS):
        yield mechanisms.problem("names no mail, webhook or pager")
