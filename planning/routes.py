"""Which requests two routes of a zone share, and which host a route takes requests from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class _Glob:
    """Text that may be open at one end: `*.chitty.cc` before, `/app/*` behind."""

    text: str
    is_open: bool

    def meets(self, other: "_Glob") -> bool:
        """Whether some text fits both; `text` is compared from its closed end."""
        longer, shorter = sorted((self, other), key=lambda glob: len(glob.text), reverse=True)
        if longer.text == shorter.text:
            return True
        return shorter.is_open and longer.text.startswith(shorter.text)


def overlap(first: str, second: str) -> bool:
    """Whether some address fits both route patterns (`host/path*`, `*.host/*`, `*/*`)."""
    hosts = _host(first).meets(_host(second))
    return hosts and _path(first).meets(_path(second))


def takes_from(pattern: str, host: str) -> bool:
    """Whether the route *pattern* answers any address of *host*: a route comes before a host."""
    return overlap(pattern, f"{host}/*")


def _host(pattern: str) -> _Glob:
    """Read the host backwards: it is open at its beginning."""
    host = pattern.partition("/")[0]
    return _Glob(host.removeprefix("*")[::-1], host.startswith("*"))


def _path(pattern: str) -> _Glob:
    path = pattern.partition("/")[2]
    return _Glob(path.removesuffix("*"), path.endswith("*"))
