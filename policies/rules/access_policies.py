"""Access policies admit whom somebody named, by a factor that holds."""

from collections.abc import Iterator

from policies.pack import schema
from policies.pack.finding import Findings
from policies.pack.hosts import is_wide
from policies.pack.resource import Resource
from policies.pack.rule import ALWAYS, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import ACCESS_APPLICATION, ACCESS_GROUP, ACCESS_POLICY, ORGANIZATION
from policies.pack.value import Value
from policies.pack.waivers import approved

POLICIES_URL = "https://developers.cloudflare.com/cloudflare-one/access-controls/policies/"
HOLDERS = (ACCESS_POLICY, ACCESS_APPLICATION)
PUBLIC_MAIL = frozenset(
    """
    gmail.com googlemail.com outlook.com outlook.de outlook.fr hotmail.com hotmail.co.uk
    hotmail.fr hotmail.de live.com live.co.uk msn.com passport.com yahoo.com yahoo.co.uk
    yahoo.fr yahoo.de yahoo.co.jp ymail.com rocketmail.com icloud.com me.com mac.com proton.me
    protonmail.com pm.me tutanota.com tuta.io gmx.com gmx.net gmx.de gmx.at web.de t-online.de
    freenet.de mail.com email.com aol.com zoho.com zohomail.com fastmail.com hey.com yandex.com
    yandex.ru ya.ru mail.ru qq.com 163.com 126.com sina.com naver.com daum.net rediffmail.com
    orange.fr free.fr laposte.net libero.it seznam.cz wp.pl interia.pl inbox.com mailinator.com
    yopmail.com guerrillamail.com 10minutemail.com temp-mail.org sharklasers.com duck.com
    relay.firefox.com
    """.split()  # noqa: SIM905 - names read best as text
)
"""Domains of mail where anybody gets an address."""

WEAK_METHODS = ("pwd", "pin", "kba", "sms", "tel", "user")
"""RFC 8176: what these methods prove, a phisher proves too."""

MACHINES = ("serviceToken", "anyValidServiceToken", "certificate", "commonName", "linkedAppToken")


def policies(resource: Resource) -> list[Value]:
    """Return the policy that the resource is, or those that an application states inline."""
    if resource.type == ACCESS_APPLICATION:
        return [each for each in resource["policies"].items() if not each["decision"].absent]
    return [resource.props]


def is_open(selector: Value) -> bool:
    """Return whether the selector admits everybody: all, half the addresses, a mail provider."""
    if selector.has("everyone"):
        return True
    domain = (selector["emailDomain"]["domain"].text() or "").strip().lower().lstrip("@")
    return domain in PUBLIC_MAIL or is_wide(selector["ip"]["ip"].text())


def _requires_something(policy: Value) -> bool:
    """Return whether the policy may require what not everybody has; an unknown one may."""
    requires = policy["requires"]
    if not requires.known:
        return True
    return any(not each.known or not is_open(each) for each in requires.items())


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
        if resource.type != ACCESS_GROUP and not policy["decision"].equals("allow", "non_identity"):
            continue
        includes = policy["includes"].items()
        if _requires_something(policy):
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
    if asked and _asks_nothing(resource["mfaConfig"]):
        yield from _one_factor(resource)


def _asks_nothing(mfa: Value) -> bool:
    return mfa.empty or (mfa["allowedAuthenticators"].empty and not mfa["mfaDisabled"].is_false)


def _one_factor(resource: Resource) -> Findings:
    for policy in policies(resource):
        if _is_for_people(policy) and _has_one_factor(policy):
            yield policy.problem("admits people by one factor")


def _is_for_people(policy: Value) -> bool:
    if not policy["decision"].equals("allow") or not policy["includes"].elements_known:
        return False
    return not any(each.has(key) for each in policy["includes"].items() for key in MACHINES)


def _has_one_factor(policy: Value) -> bool:
    if not _asks_nothing(policy["mfaConfig"]) or not policy["requires"].elements_known:
        return False
    return not any(map(_is_strong, policy["requires"].items()))


def _is_strong(requirement: Value) -> bool:
    """Return whether a second factor is asked for; one that is not known yet may be."""
    method = requirement["authMethod"]["authMethod"]
    return requirement.has("authMethod") and not method.equals(*WEAK_METHODS)


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
