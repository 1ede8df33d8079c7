"""Reads a credential as ChittyConnect does, link by link, to say which one is broken (OP-3, OP-5).

Access → tunnel → proxy → Connect → token → vaults → item. Of an item it is known that it came, and
nothing of what stands in it is kept.
"""

from collections.abc import Iterator
from typing import Any

from systems.chains import Ask, Asker, Chain, Link, Reply
from systems.chittyconnect.settings import ChittyConnect

OK, NOT_TAKEN = 200, (401, 403)
NO_TUNNEL, NO_PROXY, NO_CONNECT = 530, 502, 503
ANOTHER = "python -m ops rotate STACK chittyconnect.connect-token"
REFUSED = frozenset({301, 302, 303, 307, 308, 401, 403})
"""What Access answers to whom it does not know: a page to log in at, or no."""

ACCESS = (
    "does not let the service token in: it was not handed over, or has ended; "
    "python -m ops service-token copy writes that of another stack into this one, then up"
)
TUNNEL = (
    "has no connection: cloudflared does not run, or its token is not the tunnel's; look at its "
    "log on the machine"
)
FAULTS = {
    0: ("address", "nothing answers there: look at connect_url and at the DNS record"),
    **dict.fromkeys(REFUSED, ("Access", ACCESS)),
    404: ("tunnel", "knows no such host: run up in the stack of Connect"),
    NO_TUNNEL: ("tunnel", TUNNEL),
    NO_PROXY: ("proxy", "is not reached by cloudflared: look at the log of nginx on the machine"),
    NO_CONNECT: ("Connect", "does not answer the proxy: look at the log of connect-api there"),
    429: ("proxy", "more requests came than it lets through; try again in a minute"),
}
"""What a status of the first question means: the link, and what is wrong with it."""


def links(settings: ChittyConnect, asker: Asker) -> Iterator[Link]:
    """Ask until something is broken, and say what each question has shown."""
    ask = asker.ask
    first = ask("/heartbeat")
    if first.status != OK:
        yield _broken(first)
        return
    yield Link("Access, tunnel, proxy", str(first.status))
    vaults = ask("/v1/vaults")
    if vaults.status not in (OK, *NOT_TAKEN):
        yield _broken(vaults)
        return
    if fault := _token_fault(vaults):
        yield Link("Connect token", str(vaults.status), fault)
        return
    yield Link("Connect token", str(vaults.status))
    seen = {each["name"]: each["id"] for each in vaults.body}
    if wanted := _wanted(settings, asker):
        yield from _vaults(ask, wanted, seen)


def _broken(reply: Reply) -> Link:
    unknown = ("address", "is no Connect server: look at connect_url")
    name, fault = FAULTS.get(reply.status, unknown)
    return Link(name, str(reply.status) if reply.status else reply.text, fault)


def _token_fault(reply: Reply) -> str:
    if reply.status in NOT_TAKEN:
        return f"is not taken: it was revoked, or is of another server; {ANOTHER}"
    is_list = isinstance(reply.body, list) and all(map(_is_named, reply.body))
    return "" if is_list else "was answered with no list of vaults: what answers is no Connect"


def _is_named(vault: Any) -> bool:
    named = isinstance(vault, dict) and {"id", "name"} <= vault.keys()
    return named and all(isinstance(vault[key], str) for key in ("id", "name"))


def _wanted(settings: ChittyConnect, asker: Asker) -> list[str]:
    """Return the vaults that are read with the token of *asker*."""
    listed = settings.credentials.services
    names = [asker.name] if asker.name else [name for name in listed if name not in asker.others]
    return sorted({vault for name in names if name in listed for vault in listed[name].vaults})


def _vaults(ask: Ask, wanted: list[str], seen: dict[str, str]) -> Iterator[Link]:
    lacking = [name for name in wanted if name not in seen]
    if lacking:
        fault = f"the token does not see {', '.join(lacking)}; make one that does"
        yield Link("vaults", ", ".join(sorted(seen.keys() & set(wanted))) or "none", fault)
        return
    yield Link("vaults", ", ".join(wanted))
    yield _item(ask, wanted[0], seen[wanted[0]])


def _item(ask: Ask, vault: str, vault_id: str) -> Link:
    listed = ask(f"/v1/vaults/{vault_id}/items").body
    if not isinstance(listed, list) or not listed:
        return Link("first read", f"{vault} has no item yet")
    item = ask(f"/v1/vaults/{vault_id}/items/{listed[0].get('id')}")
    if isinstance(item.body, dict) and isinstance(item.body.get("fields"), list):
        return Link("first read", f"an item of {vault}")
    return Link("first read", str(item.status), f"an item of {vault} is listed and not given")


CHAIN = Chain(
    what="a credential of 1Password Connect",
    url="credentials.connect_url",
    bearer="ONEPASSWORD_CONNECT_TOKEN",
    each="ONEPASSWORD_CONNECT_TOKENS",
    client_id="ONEPASSWORD_ACCESS_CLIENT_ID",
    client_secret="ONEPASSWORD_ACCESS_CLIENT_SECRET",  # noqa: S106 - the name of a secret
    links=links,
    credential="Connect token",
)
