"""Networks of one's own: what a Docker Engine may hand out without hiding somebody else's hosts."""

import ipaddress

from planning.refusals import RefusedError

PRIVATE = tuple(
    ipaddress.IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
"""Those of RFC 1918. Others that the internet does not route mean something to a machine: itself
(127.0.0.0/8), its link (169.254.0.0/16, where clouds answer about it), its provider's own network
(100.64.0.0/10)."""


def private_network(text: str, *, largest: int, smallest: int) -> str:
    """Return the network *text* (`10.213.40.0/24`), with a prefix from *largest* to *smallest*.

    Raises `RefusedError` for any other: it has to lie within one of `PRIVATE`, and name no host.
    """
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        network = None
    if network is None or not largest <= network.prefixlen <= smallest or not _is_private(network):
        sizes = f"a /{largest}" if largest == smallest else f"/{largest} to /{smallest}"
        raise RefusedError(
            f"{text!r} is no private network; it is {sizes} within "
            f"{', '.join(map(str, PRIVATE[:-1]))} or {PRIVATE[-1]}, such as 10.213.40.0/24"
        )
    return str(network)


def _is_private(network: ipaddress.IPv4Network) -> bool:
    return any(network.subnet_of(each) for each in PRIVATE)
