"""Access policies admit whom somebody named, by a factor that holds."""

import ipaddress
from collections.abc import Iterator

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, PRODUCTION, Settings, Severity, rule
from policies.pack.tokens import ACCESS_APPLICATION, ACCESS_GROUP, ACCESS_POLICY, ORGANIZATION
from policies.pack.value import Value
from policies.pack.waivers import approved

POLICIES_URL = "https://developers.cloudflare.com/cloudflare-one/access-controls/policies/"
HOLDERS = (ACCESS_POLICY, ACCESS_APPLICATION)
PUBLIC_MAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "yahoo.com",
        "icloud.com",
        "me.com",
        "proton.me",
        "protonmail.com",
        "gmx.com",
        "gmx.net",
        "gmx.de",
        "mail.com",
        "aol.com",
        "yandex.com",
        "yandex.ru",
        "qq.com",
    ]
)
MACHINES = ("serviceToken", "anyValidServiceToken", "certificate", "commonName", "linkedAppToken")


def policies(resource: Resource) -> list[Value]:
    """Return the policy that the resource is, or those that an application states inline."""
    if resource.type == ACCESS_APPLICATION:
        return [each for each in resource["policies"].items() if not each["decision"].absent]
    return [resource.props]


def is_open(include: Value) -> bool:
    """Whether the selector admits everybody: everyone, every address, every mail of a provider."""
    if include.has("everyone"):
        return True
    domain = (include["emailDomain"]["domain"].text() or "").lower()
    return domain in PUBLIC_MAIL or _is_everywhere(include["ip"]["ip"].text())


def _is_everywhere(network: str | None) -> bool:
    try:
        return ipaddress.ip_network(network or "192.0.2.1").prefixlen == 0
    except ValueError:
        return False


@rule(
    "access-no-everyone",
    on=(*HOLDERS, ACCESS_GROUP),
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Include named mails, groups or domains of yours, or require a second selector.",
    frameworks=("Cloudflare Security Insights: overprovisioned Access policies",),
    url=POLICIES_URL,
)
def access_no_everyone(resource: Resource) -> Findings:
    """A policy that admits everyone protects nothing."""
    for policy in policies(resource):
        if resource.type != ACCESS_GROUP and not policy["decision"].equals("allow"):
            continue
        includes = policy["includes"].items()
        if not policy["requires"].empty:
            continue
        yield from (each.problem("admits everyone") for each in includes if is_open(each))
        if includes and all(each.names() == ["geo"] for each in includes):
            yield policy["includes"].problem("admits whole countries and requires nothing more")


@rule(
    "access-no-bypass",
    on=HOLDERS,
    severity=Severity.CRITICAL,
    levels=ALWAYS,
    remedy="Use allow or non_identity; an unavoidable bypass needs an approval with an expiry.",
    frameworks=("Cloudflare Access: bypass",),
    url=f"{POLICIES_URL}#bypass",
    settings={
        "approved": schema.approvals("Bypasses in force, by the name of their policy.", "policy")
    },
)
def access_no_bypass(resource: Resource, settings: Settings) -> Findings:
    """A bypass switches every control off, the log included."""
    for policy in policies(resource):
        name = policy["name"].text() or resource["name"].text()
        bypass = policy["decision"].equals("bypass") and policy["name"].known
        if bypass and not approved(settings["approved"], policy=name):
            yield policy["decision"].problem('is "bypass" without an approval that is in force')


@rule(
    "access-mfa",
    on=(*HOLDERS, ORGANIZATION),
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Give the policy an mfaConfig or a requires with authMethod, or enforce it for all.",
    frameworks=("Cloudflare Security Insights: users without MFA", "OWASP ASVS 2.8"),
    url="https://developers.cloudflare.com/cloudflare-one/access-controls/policies/mfa-requirements/",
    settings={
        "required": schema.flag(
            "Whether every policy for people needs a second factor.", default=False, production=True
        ),
        "organizationEnforces": schema.flag(
            "Whether the organisation requires it for all applications already.", default=False
        ),
    },
)
def access_mfa(resource: Resource, settings: Settings) -> Findings:
    """A password alone is phished."""
    if resource.type == ORGANIZATION:
        enforced = resource["mfaRequiredForAllApps"]
        if settings["organizationEnforces"] and enforced.is_not_true:
            yield enforced.problem("is not true, which the level file says it is")
        return
    for place in (resource.props, *policies(resource)):
        if place["mfaConfig"]["mfaDisabled"].is_true:
            yield place["mfaConfig"]["mfaDisabled"].problem("is true")
    asked = settings["required"] and not settings["organizationEnforces"]
    if asked and resource["mfaConfig"].empty:
        yield from _one_factor(resource)


def _one_factor(resource: Resource) -> Findings:
    for policy in policies(resource):
        if _is_for_people(policy) and _has_one_factor(policy):
            yield policy.problem("admits people by one factor")


def _is_for_people(policy: Value) -> bool:
    if not policy["decision"].equals("allow") or not policy["includes"].elements_known:
        return False
    return not any(each.has(key) for each in policy["includes"].items() for key in MACHINES)


def _has_one_factor(policy: Value) -> bool:
    if not policy["mfaConfig"].empty or not policy["requires"].elements_known:
        return False
    return not any(each.has("authMethod") for each in policy["requires"].items())


@rule(
    "access-machine-service-auth",
    on=HOLDERS,
    severity=Severity.HIGH,
    levels=PRODUCTION,
    remedy="Give machines a policy of their own: non_identity, including one named service token.",
    frameworks=("Cloudflare Access: service tokens",),
    url=f"{POLICIES_URL}#service-auth",
)
def access_machine_service_auth(resource: Resource) -> Findings:
    """Machines cannot log in: the wrong action sends them to a form, or admits every token."""
    for policy in policies(resource):
        includes, decision = policy["includes"], policy["decision"]
        yield from (
            each.problem("admits every service token of the account")
            for each in includes.items()
            if each.has("anyValidServiceToken")
        )
        machines = any(True for _ in _machines(includes))
        if machines and decision.differs("non_identity"):
            yield decision.problem(f"is {decision} while a machine is included")
        elif not machines and includes.elements_known and decision.equals("non_identity"):
            yield decision.problem("is non_identity and includes no service token or certificate")


def _machines(includes: Value) -> Iterator[Value]:
    for each in includes.items():
        yield from (each[key] for key in MACHINES if each.has(key))
