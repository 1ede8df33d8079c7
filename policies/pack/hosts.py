"""Hosts and origins: which of them are everybody's, because anybody may register a name there."""

import ipaddress
import re

SHARED = frozenset(
    """
    r2.dev workers.dev pages.dev trycloudflare.com cloudflareaccess.com github.io
    githubpreview.dev gitlab.io bitbucket.io herokuapp.com herokudns.com azurewebsites.net
    azurestaticapps.net azureedge.net cloudapp.net cloudapp.azure.com trafficmanager.net
    web.core.windows.net blob.core.windows.net s3.amazonaws.com amazonaws.com
    elasticbeanstalk.com cloudfront.net amplifyapp.com awsapps.com on.aws appspot.com web.app
    firebaseapp.com run.app cloudfunctions.net googleusercontent.com translate.goog
    storage.googleapis.com netlify.app netlify.com vercel.app now.sh surge.sh onrender.com
    fly.dev railway.app deno.dev val.run lovable.app replit.app replit.dev repl.co glitch.me
    codesandbox.io csb.app stackblitz.io webcontainer.io gitpod.io ngrok.io ngrok.app
    ngrok-free.app loca.lt serveo.net readthedocs.io ghost.io fastly.net myshopify.com
    wixsite.com wordpress.com blogspot.com weebly.com webflow.io framer.app framer.website
    notion.site tumblr.com zendesk.com statuspage.io helpscoutdocs.com unbouncepages.com
    bubbleapps.io supabase.co hf.space streamlit.app nip.io sslip.io xip.io localtest.me lvh.me
    duckdns.org no-ip.org ddns.net
    """.split()  # noqa: SIM905 - names read best as text
)
"""Suffixes under which a service gives names away."""

GIVEN_AT_RANDOM = frozenset(
    """
    amazonaws.com cloudfront.net on.aws run.app cloudfunctions.net cloudflareaccess.com supabase.co
    googleusercontent.com
    """.split()  # noqa: SIM905 - names read best as text
)
"""Of these, suffixes whose service chooses the name: nobody can claim one that was given up."""

SECOND_LEVELS = frozenset(
    """
    ac co com edu gov gob govt ltd me mil ne net nom or org plc sch
    """.split()  # noqa: SIM905 - names read best as text
)
"""What stands before the country in `co.uk`, where names are registered one level lower."""

LOCAL = frozenset({"localhost", "127.0.0.1", "[::1]"})
INNER = (".local", ".internal", ".lan", ".intranet", ".corp", ".home", ".home.arpa", ".localdomain")
REFLECTED = frozenset({"*", "null", "all", "any", "true", "yes", ".*", "^.*$", "/.*/", "regex:.*"})
"""Words by which a setting for origins means every one of them."""

_ORIGIN = re.compile(r"(?:[a-z*][a-z0-9+.*-]*:)?(?://)?(?P<host>\[[0-9a-f:.]+\]|[^/:?#]*).*")
_COUNTRY = 2


def is_shared(host: str) -> bool:
    """Return whether a service gives names like *host* to anybody: `mine.github.io`."""
    name = host.lower().rstrip(".")
    return name in SHARED or any(name.endswith(f".{suffix}") for suffix in SHARED)


def is_claimable(host: str) -> bool:
    """Return whether whoever comes first gets *host* from its service, once it is given up."""
    name = host.lower().rstrip(".")
    return any(name.endswith(f".{suffix}") for suffix in SHARED - GIVEN_AT_RANDOM)


def is_registry(suffix: str) -> bool:
    """Return whether names are registered directly below *suffix*: `com`, `co.uk`, `github.io`."""
    labels = suffix.lower().strip(".").split(".")
    if len(labels) == 1 or suffix in SHARED:
        return True
    return len(labels) == 2 and len(labels[1]) == _COUNTRY and labels[0] in SECOND_LEVELS  # noqa: PLR2004


def allows_everybody(origin: str) -> bool:
    """Return whether *origin*, an entry of CORS, lets in pages that anybody may publish.

    True for `*`, `https://*`, `https://*.com`, `https://*.github.io`, `https://example.com*`,
    `https://*example.com` and their spellings; false for `https://*.example.com`.
    """
    text = origin.strip().strip("'\"").lower()
    if text in REFLECTED:
        return True
    host = host_of(text)
    if "*" not in host:
        return False
    after = host.rpartition("*")[2]
    return not after.startswith(".") or is_registry(after[1:]) or is_shared(after[1:])


def is_plain(origin: str) -> bool:
    """Return whether *origin* is a page without TLS on another machine than the visitor's own."""
    text = origin.strip().lower()
    host = host_of(text)
    return text.startswith("http:") and host not in LOCAL and not host.endswith(".localhost")


def host_of(origin: str) -> str:
    """Return the host of *origin* in small letters, without scheme, port and path."""
    found = _ORIGIN.fullmatch(origin.strip().lower())
    return found["host"] if found else ""


def is_inner(host: str) -> bool:
    """Return whether *host* is a name or an address of an inner network."""
    name = host.strip().lower().rstrip(".")
    if name in LOCAL or name.endswith((*INNER, ".localhost")):
        return True
    return is_inner_address(name)


def is_inner_address(text: str) -> bool:
    """Return whether *text* is an address that only an inner network reaches."""
    try:
        address: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return not address.is_global and not address.is_multicast


def prefix_of(network: str | None) -> tuple[int, int] | None:
    """Return version and prefix length of *network*; None where it is none. An address is whole."""
    try:
        found = ipaddress.ip_network((network or "").strip(), strict=False)
    except ValueError:
        return None
    return found.version, found.prefixlen


def is_wide(network: str | None, *, v4: int = 8, v6: int = 16) -> bool:
    """Return whether *network* has a prefix shorter than *v4* or *v6*: `0.0.0.0/0`, `0.0.0.0/1`."""
    found = prefix_of(network)
    return found is not None and found[1] < (v4 if found[0] == 4 else v6)  # noqa: PLR2004
