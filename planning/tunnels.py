"""What a tunnel leads to: hosts and paths, in order, each to one service.

cloudflared takes more than it can serve: a misspelt scheme, `*name`, a path that is meant as a
glob. Such a rule is refused here, with what to write instead. Facts: cloudflared 2026.8.2.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from planning.names import HOST
from planning.refusals import RefusedError

WILDCARD = "*."
CATCH_ALL = "http_status:404"
SCHEMES = ("http", "https", "tcp", "ssh", "rdp", "smb")
"""What a service behind a tunnel is spoken to in. cloudflared takes any other word for `tcp`."""

SOCKETS = ("unix", "unix+tls")
STATUS = re.compile(r"http_status:(\d+)")
SMALLEST_STATUS, LARGEST_STATUS = 100, 599
_NOT_RE2 = re.compile(r"\(\?(?:[=!>]|<[=!])|\\[1-9]|\(\?P=")
"""Look-around and references back: Go's regular expressions have neither."""

_GLOB = re.compile(r"/\*|\*\*|(?<![\\.\])}\w])\*")
"""A star behind a slash repeats the slash; whoever writes it means "anything below"."""


@dataclass(frozen=True)
class Ingress:
    """One rule: requests of *hostname* whose path matches go to *service*."""

    service: str
    """Address of the service, `http://nginx:8080`, or `http_status:403`."""

    hostname: str | None = None
    """Host, or `*.` and a domain, which stands for any depth below it but not for itself (C1).
    None: every host."""

    path: str | None = None
    """Regular expression on the decoded path, anchored by `^` (C2). None: every path."""


def check_ingresses(ingresses: Sequence[Ingress]) -> None:
    """Check rules that stand before the catch-all. Raises `RefusedError` with every fault."""
    found = [
        f"ingress {number}: {fault}"
        for number, ingress in enumerate(ingresses, 1)
        for fault in (*_faults(ingress), *_hidden(ingress, ingresses[: number - 1]))
    ]
    if found:
        raise RefusedError("; ".join(found))


def check_service(service: str) -> str:
    """Return *service*. Raises `RefusedError` for what leads nowhere, or to more than it says."""
    status = STATUS.fullmatch(service)
    if status:
        return _check_status(service, int(status[1]))
    scheme, separator, rest = service.partition(":")
    if scheme in SOCKETS:
        if not rest.startswith("/") or rest.startswith("//"):
            raise RefusedError(f"{service!r} is no socket; write {scheme}:/run/app.sock")
        return service
    if not separator or not rest.startswith("//"):
        raise RefusedError(f"{service!r} has no scheme; write http://{service}")
    return _check_address(service, scheme)


def check_path(path: str) -> str:
    """Return *path*. Raises `RefusedError` unless it is an anchored expression that Go reads."""
    if not path.startswith("^"):
        raise RefusedError(f"{path!r} would match anywhere in a path; write ^{path.lstrip('^')}")
    if _GLOB.search(path):
        raise RefusedError(f"{path!r} repeats a slash; for anything below write ^/api/")
    if _NOT_RE2.search(path):
        raise RefusedError(f"{path!r} looks ahead, behind or back, which cloudflared cannot")
    try:
        re.compile(path)
    except re.error as error:
        raise RefusedError(f"{path!r} is no regular expression: {error}") from error
    return path


def check_hostname(hostname: str) -> str:
    """Return *hostname*. Raises `RefusedError` for what cloudflared would match to nothing."""
    if hostname.startswith("*") and not hostname.startswith(WILDCARD):
        raise RefusedError(
            f"{hostname!r} matches no host at all (C8); write *.{hostname.lstrip('*')}"
        )
    HOST.check(hostname.removeprefix(WILDCARD))
    return hostname


def covers(wide: str | None, hostname: str | None) -> bool:
    """Return whether every request of *hostname* is one of *wide*, too (C1, C12)."""
    if wide is None or wide == hostname:
        return True
    return hostname is not None and wide.startswith(WILDCARD) and hostname.endswith(wide[1:])


def _check_status(service: str, status: int) -> str:
    if not SMALLEST_STATUS <= status <= LARGEST_STATUS:
        raise RefusedError(
            f"{service!r} is no status of HTTP; it is {SMALLEST_STATUS} to {LARGEST_STATUS}"
        )
    return service


def _check_address(service: str, scheme: str) -> str:
    if scheme not in SCHEMES:
        raise RefusedError(f"{service!r}: {scheme!r} is none of {', '.join(SCHEMES)}")
    try:
        parts = urlsplit(service)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise RefusedError(f"{service!r} is no address: {error}") from error
    if not host or port == 0:
        raise RefusedError(f"{service!r} names no host; write {scheme}://host:port")
    if parts.username is not None or parts.password is not None:
        raise RefusedError(f"a service of {host} holds a user name; give the origin its own secret")
    if parts.path or parts.query or parts.fragment or service.endswith(("?", "#")):
        raise RefusedError(
            f"{service!r} goes on behind the port: a tunnel passes the path of the request on as "
            f"it is (C10, C14); write {scheme}://{parts.netloc}"
        )
    return service


def _faults(ingress: Ingress) -> Iterator[str]:
    """Give what is wrong with one rule by itself."""
    if ingress.hostname is None and ingress.path is None:
        yield "matches every request, and so belongs last; leave it to the catch-all"
    for check, value in (
        (check_hostname, ingress.hostname),
        (check_path, ingress.path),
        (check_service, ingress.service),
    ):
        if value is not None:
            yield from _said(check, value)


def _said(check: Callable[[str], str], value: str) -> Iterator[str]:
    try:
        check(value)
    except RefusedError as error:
        yield str(error)


def _hidden(ingress: Ingress, earlier: Sequence[Ingress]) -> Iterator[str]:
    """Give the rule that answers before this one ever does (C12)."""
    for number, other in enumerate(earlier, 1):
        if covers(other.hostname, ingress.hostname) and other.path in (None, ingress.path):
            yield f"is never reached: ingress {number} answers first; put it before that one"
            return
