"""Access applications, their sessions, their tokens, and the organisation above them."""

from collections.abc import Iterator

from policies.pack import clock, schema
from policies.pack.finding import Findings
from policies.pack.hosts import allows_everybody
from policies.pack.resource import Resource
from policies.pack.rule import ADVICE, DEPLOYED, PRODUCTION, Settings, Severity, rule
from policies.pack.type_tokens import (
    ACCESS_APPLICATION,
    ACCESS_POLICY,
    ACCESS_TOKEN,
    IDENTITY_PROVIDER,
    ORGANIZATION,
)
from policies.pack.value import Value

ACCESS_URL = "https://developers.cloudflare.com/cloudflare-one/access-controls/"
PROTECTING = (None, "self_hosted", "ssh", "vnc", "infrastructure", "mcp")
DEFAULT_SESSION_HOURS = 24.0
YEAR_HOURS = 8760.0


@rule(
    "access-app-has-policies",
    on=ACCESS_APPLICATION,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="State at least one policy, and the host or the destinations that it protects.",
    frameworks=("Cloudflare Access: policies",),
    url=f"{ACCESS_URL}policies/",
)
def access_app_has_policies(application: Resource) -> Findings:
    """An application without policies denies everybody today and is edited by hand tomorrow."""
    if not application["type"].equals(*PROTECTING):
        return
    if application["policies"].empty:
        yield application["policies"].problem("is empty")
    reached = application["domain"].empty and application["destinations"].empty
    if reached and not application["type"].equals("infrastructure"):
        yield application.problem("names neither a domain nor destinations")


@rule(
    "access-session-bounded",
    on=(ACCESS_APPLICATION, ACCESS_POLICY, ORGANIZATION),
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Set the duration to what somebody may work without proving who they are.",
    frameworks=("Cloudflare Access: session management", "OWASP ASVS 3.3"),
    url=f"{ACCESS_URL}access-settings/session-management/",
    settings={"maxHours": schema.number("Longest session, in hours.", 24, production=12)},
)
def access_session_bounded(resource: Resource, settings: Settings) -> Findings:
    """A stolen session is good for as long as it lasts."""
    for duration, default in _durations(resource):
        if not duration.known:
            continue
        hours = default if duration.absent else clock.hours(duration.text())
        if hours is None and not duration.absent:
            yield duration.problem(f"is {duration}, which is no duration such as 12h")
        elif hours is not None and hours > settings["maxHours"]:
            shown = "missing (24h then)" if duration.absent else str(duration)
            yield duration.problem(f"is {shown}; at most {settings['maxHours']:.0f}h is wanted")


def _durations(resource: Resource) -> Iterator[tuple[Value, float | None]]:
    """Each duration with its default in hours; a policy inherits its application's."""
    inherits = resource.type == ACCESS_POLICY
    yield resource["sessionDuration"], None if inherits else DEFAULT_SESSION_HOURS
    yield resource["mfaConfig"]["sessionDuration"], None
    if resource.type == ORGANIZATION:
        yield resource["warpAuthSessionDuration"], None
    if resource.type == ACCESS_APPLICATION:
        yield resource["oauthConfiguration"]["grant"]["sessionDuration"], None


@rule(
    "access-service-token-expires",
    on=ACCESS_TOKEN,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Set a duration of a year at most, and an end for the secret that was rotated out.",
    frameworks=("Cloudflare Access: service tokens", "OWASP ASVS 2.10"),
    url=f"{ACCESS_URL}service-credentials/service-tokens/",
)
def access_service_token_expires(token: Resource) -> Findings:
    """A token that never ends is good for whoever finds it, for ever."""
    duration = token["duration"]
    hours = clock.hours(duration.text())
    if duration.equals("forever") or (hours is not None and hours > YEAR_HOURS):
        yield duration.problem(f"is {duration}; at most 8760h is wanted")
    rotated = (token["clientSecretVersion"].number() or 1) > 1
    if rotated and token["previousClientSecretExpiresAt"].empty:
        yield token["previousClientSecretExpiresAt"].problem("is missing after a rotation")


@rule(
    "access-cookie-and-cors",
    on=ACCESS_APPLICATION,
    severity=Severity.MEDIUM,
    levels=PRODUCTION,
    remedy="Keep the cookie HttpOnly and SameSite, and name the origins that may send it.",
    frameworks=("OWASP ASVS 3.4", "OWASP ASVS 14.5"),
    url=f"{ACCESS_URL}applications/http-apps/authorization-cookie/",
)
def access_cookie_and_cors(application: Resource) -> Findings:
    """The cookie of Access is the session: what other sites or scripts may reach is stolen."""
    http_only = application["httpOnlyCookieAttribute"]
    same_site = application["sameSiteCookieAttribute"]
    if http_only.is_false:
        yield http_only.problem("is false: scripts of the page read the session")
    if same_site.equals("none"):
        yield same_site.problem('is "none": other sites send the session')
    cors = application["corsHeaders"]
    origins = [each for each in cors["allowedOrigins"].items() if _is_everybody(each)]
    if cors["allowCredentials"].is_true:
        if cors["allowAllOrigins"].is_true:
            yield cors.problem("lets every origin use the session")
        yield from (each.problem(f"is {each}: any page may use the session") for each in origins)
    for uri in application["oauthConfiguration"]["dynamicClientRegistration"][
        "allowedUris"
    ].items():
        if _is_everybody(uri):
            yield uri.problem(f"is {uri}: any page may become a client")
    if application["optionsPreflightBypass"].is_true:
        yield application["optionsPreflightBypass"].advice("lets OPTIONS past Access to the origin")


def _is_everybody(origin: Value) -> bool:
    return allows_everybody(origin.text() or "https://")


@rule(
    "access-idp-verified",
    on=IDENTITY_PROVIDER,
    severity=Severity.HIGH,
    levels=DEPLOYED,
    remedy="Reach the provider by https; leave PKCE and signed requests on.",
    frameworks=("OWASP ASVS 9.1", "RFC 9700"),
    url="https://developers.cloudflare.com/cloudflare-one/integrations/identity-providers/",
)
def access_idp_verified(provider: Resource) -> Findings:
    """Whoever sits between Access and a provider reached in clear says who everybody is."""
    config = provider["config"]
    for key in ("authUrl", "tokenUrl", "certsUrl", "ssoTargetUrl", "issuerUrl"):
        if (config[key].text() or "").strip().lower().startswith("http://"):
            yield config[key].problem(f"is {config[key]}: plain http")
    for key in ("pkceEnabled", "signRequest"):
        if config[key].is_false:
            yield config[key].advice("is false")


@rule(
    "access-org-hardened",
    on=ORGANIZATION,
    severity=Severity.MEDIUM,
    levels=ADVICE,
    remedy="Make the dashboard read-only, deny what no application covers, free unused seats.",
    url=f"{ACCESS_URL}access-settings/",
)
def access_org_hardened(organization: Resource) -> Findings:
    """What is edited by hand in the dashboard, or matched by no application, escapes review."""
    for key in ("isUiReadOnly", "denyUnmatchedRequests"):
        if organization[key].is_not_true:
            yield organization[key].problem("is not true")
    if organization["userSeatExpirationInactiveTime"].empty:
        yield organization["userSeatExpirationInactiveTime"].problem("is missing")
