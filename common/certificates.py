"""Which certificates a client trusts: reading them all takes a while, so only where needed."""

import ssl
from functools import cache


def trusted_at(address: str) -> ssl.SSLContext | bool:
    """Return what an `httpx` client at *address* takes as `verify`.

    Plain http needs no certificates, and whoever leads from there to https is trusted by none;
    everywhere else it is the client's own choice.
    """
    return _nobody() if address.startswith("http://") else True


@cache
def _nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
