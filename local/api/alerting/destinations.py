"""Where a webhook leads: whose it is by its host, what of its address is secret, how it is reached.

Cloudflare takes the secret out of the address of a service it knows, and never shows it again.
"""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from local.api.alerting.errors import refused

GENERIC = "generic"
_SERVICES = {
    "hooks.slack.com": "slack",
    "discord.com": "discord",
    "discordapp.com": "discord",
    "chat.googleapis.com": "gchat",
    "open.feishu.cn": "feishu",
    "api.datadoghq.com": "datadog",
    "api.opsgenie.com": "opsgenie",
}
LAST_IS_SECRET = {
    "slack": re.compile(r"(/services/[^/]+/[^/]+)/([^/]+)"),
    "discord": re.compile(r"(/api/webhooks/[^/]+)/([^/]+)"),
    "feishu": re.compile(r"(/open-apis/bot/v2/hook)/([^/]+)"),
}
"""Services whose secret is the last part of the path, with what comes before it."""

IN_THE_QUERY = "gchat"
"""The service whose secret is the query."""

HERE = ".localhost"
"""What a host ends with that stands for a service and lies on this machine."""

_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


@dataclass(frozen=True)
class Destination:
    """A webhook's address, without the *secret*, and the *type* of the service behind it."""

    url: str
    type: str
    secret: str | None

    @property
    def host(self) -> str:
        """Its host alone, which may be shown."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_here(self) -> bool:
        """Whether it lies on this machine; nothing else is contacted."""
        return bool(_LOOPBACK.fullmatch(self.host)) or self.host.endswith(HERE)

    @property
    def holds_secret(self) -> bool:
        """Whether the service knows its sender by the address, so that the secret is part of it."""
        return self.type in LAST_IS_SECRET or self.type == IN_THE_QUERY

    @property
    def target(self) -> str:
        """The whole address that is asked."""
        parts = urlsplit(self.url)
        if self.secret and self.type in LAST_IS_SECRET:
            parts = parts._replace(path=f"{parts.path.rstrip('/')}/{self.secret}")
        if self.secret and self.type == IN_THE_QUERY:
            parts = parts._replace(query=self.secret)
        return urlunsplit(parts)


def read(url: str, secret: str | None) -> Destination:
    """Read an address as Cloudflare does.

    Raises `ApiError` for what is no web address; which one it was is not repeated, for it may hold
    a key.
    """
    parts = _split(url)
    kind = _SERVICES.get((parts.hostname or "").removesuffix(HERE), GENERIC)
    if secret:
        return Destination(url, kind, secret)
    if form := LAST_IS_SECRET.get(kind):
        return _without_last(parts, kind, form)
    if kind == IN_THE_QUERY and parts.query:
        return Destination(urlunsplit(parts._replace(query="")), kind, parts.query)
    return Destination(url, kind, None)


def _without_last(parts: SplitResult, kind: str, form: re.Pattern[str]) -> Destination:
    found = form.fullmatch(parts.path)
    if not found:
        raise refused(f"url is no address of a {kind} webhook with its secret")
    return Destination(urlunsplit(parts._replace(path=found[1])), kind, found[2])


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("http", "https") and parts.hostname and (parts.port or True)
    except ValueError:
        whole = None
    if not whole:
        raise refused("url is no http or https address")
    return parts
