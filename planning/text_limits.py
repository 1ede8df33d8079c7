"""How much text a worker may be given in one variable or secret."""

from planning.refusals import RefusedError

LARGEST = 5_120
"""Bytes of one variable or secret that Cloudflare takes: 5 KB of the value alone."""


def check_size(text: str, remedy: str) -> str:
    """Give *text* back, or refuse what is larger than a worker may be given; never shows it."""
    size = len(text.encode(errors="surrogatepass"))
    if size > LARGEST:
        raise RefusedError(
            f"takes {size:,} bytes and a variable or secret of a worker takes {LARGEST:,}; {remedy}"
        )
    return text
