"""Access as it should be, and what breaks it."""

from policies.pack.type_tokens import (
    ACCESS_APPLICATION,
    ACCESS_GROUP,
    ACCESS_POLICY,
    ACCESS_TOKEN,
    IDENTITY_PROVIDER,
    ORGANIZATION,
)
from tests.policies.support import ABSENT, Case

PEOPLE = {
    "name": "Team",
    "decision": "allow",
    "includes": [{"emailDomain": {"domain": "chitty.cc"}}],
}
MACHINES = {
    "name": "ChittyOS Services Only",
    "decision": "non_identity",
    "includes": [{"serviceToken": {"tokenId": "t1"}}],
}
APPLICATION = {
    "name": "1Password Connect API",
    "type": "self_hosted",
    "domain": "1password-connect.chitty.cc",
    "policies": [MACHINES],
}
BYPASS = {"policy": "Health", "reason": "probe of the balancer", "expires": "2999-01-01"}
OPEN = [
    {"everyone": {}},
    {"ip": {"ip": "0.0.0.0/0"}},
    {"ip": {"ip": "::/0"}},
    {"emailDomain": {"domain": "Gmail.com"}},
    {"geo": {"countryCode": "AT"}},
]

CASES = [
    Case(
        "access-app-has-policies",
        ACCESS_APPLICATION,
        APPLICATION,
        [("policies", []), ("policies", ABSENT), ("domain", ABSENT)],
    ),
    Case(
        "access-app-has-policies",
        ACCESS_APPLICATION,
        {"type": "infrastructure", "policies": [PEOPLE]},
        [("type", "ssh")],
    ),
    Case(
        "access-no-everyone",
        ACCESS_POLICY,
        PEOPLE,
        [("includes[0]", include) for include in OPEN],
    ),
    Case(
        "access-no-everyone",
        ACCESS_POLICY,
        {**PEOPLE, "includes": [OPEN[0]], "requires": [{"emailDomain": {"domain": "a.cc"}}]},
        [("requires", []), ("requires", ABSENT)],
    ),
    Case(
        "access-no-everyone",
        ACCESS_GROUP,
        {"includes": PEOPLE["includes"]},
        [("includes[0]", OPEN[0])],
    ),
    Case(
        "access-no-everyone",
        ACCESS_APPLICATION,
        {**APPLICATION, "policies": [PEOPLE]},
        [("policies[0].includes[0]", OPEN[0])],
    ),
    Case(
        "access-no-bypass",
        ACCESS_POLICY,
        PEOPLE,
        [("decision", "bypass")],
        settings={"approved": [BYPASS]},
    ),
    Case(
        "access-no-bypass",
        ACCESS_APPLICATION,
        {**APPLICATION, "policies": [{"name": "Health", "decision": "bypass"}]},
        [("policies[0].name", "Everything")],
        settings={"approved": [BYPASS]},
    ),
    *[
        Case(
            "access-session-bounded",
            kind,
            {"sessionDuration": "8h"},
            [("sessionDuration", "24h"), ("sessionDuration", "a while")],
            settings={"maxHours": 12},
        )
        for kind in (ACCESS_APPLICATION, ACCESS_POLICY, ORGANIZATION)
    ],
    Case(
        "access-session-bounded",
        ORGANIZATION,
        {"sessionDuration": "8h", "warpAuthSessionDuration": "1h30m"},
        [("sessionDuration", ABSENT), ("warpAuthSessionDuration", "36h")],
        settings={"maxHours": 12},
    ),
    *[
        Case("access-mfa", kind, {"mfaConfig": {}}, [("mfaConfig.mfaDisabled", True)])
        for kind in (ACCESS_APPLICATION, ACCESS_POLICY)
    ],
    Case(
        "access-mfa",
        ORGANIZATION,
        {"mfaRequiredForAllApps": True},
        [("mfaRequiredForAllApps", False), ("mfaRequiredForAllApps", ABSENT)],
        settings={"organizationEnforces": True},
    ),
    Case(
        "access-mfa",
        ACCESS_POLICY,
        {**PEOPLE, "mfaConfig": {"allowedAuthenticators": ["totp"]}},
        [("mfaConfig", ABSENT)],
        settings={"required": True},
    ),
    Case(
        "access-mfa",
        ACCESS_POLICY,
        {**PEOPLE, "requires": [{"authMethod": {"authMethod": "hwk"}}]},
        [("requires", ABSENT)],
        settings={"required": True},
    ),
    Case(
        "access-mfa",
        ACCESS_APPLICATION,
        {**APPLICATION, "policies": [MACHINES]},
        [("policies[0]", PEOPLE)],
        settings={"required": True},
    ),
    Case(
        "access-machine-service-auth",
        ACCESS_POLICY,
        MACHINES,
        [
            ("decision", "allow"),
            ("includes[0]", {"emailDomain": {"domain": "chitty.cc"}}),
            ("includes[0]", {"anyValidServiceToken": {}}),
        ],
    ),
    Case(
        "access-machine-service-auth",
        ACCESS_APPLICATION,
        APPLICATION,
        [("policies[0].decision", "allow")],
    ),
    Case(
        "access-service-token-expires",
        ACCESS_TOKEN,
        {
            "duration": "8760h",
            "clientSecretVersion": 2,
            "previousClientSecretExpiresAt": "2026-12-01T00:00:00Z",
        },
        [
            ("duration", "forever"),
            ("duration", "17520h"),
            ("previousClientSecretExpiresAt", ABSENT),
        ],
    ),
    Case(
        "access-cookie-and-cors",
        ACCESS_APPLICATION,
        {
            **APPLICATION,
            "httpOnlyCookieAttribute": True,
            "sameSiteCookieAttribute": "lax",
            "corsHeaders": {"allowAllOrigins": False, "allowCredentials": True},
        },
        [
            ("httpOnlyCookieAttribute", False),
            ("sameSiteCookieAttribute", "none"),
            ("corsHeaders.allowAllOrigins", True),
            ("optionsPreflightBypass", True),
        ],
    ),
    Case(
        "access-org-hardened",
        ORGANIZATION,
        {
            "isUiReadOnly": True,
            "denyUnmatchedRequests": True,
            "userSeatExpirationInactiveTime": "730h",
        },
        [
            ("isUiReadOnly", False),
            ("denyUnmatchedRequests", ABSENT),
            ("userSeatExpirationInactiveTime", ABSENT),
        ],
    ),
    Case(
        "access-idp-verified",
        IDENTITY_PROVIDER,
        {"config": {"authUrl": "https://id.chitty.cc/auth", "pkceEnabled": True}},
        [("config.authUrl", "http://id.chitty.cc/auth"), ("config.pkceEnabled", False)],
    ),
]
