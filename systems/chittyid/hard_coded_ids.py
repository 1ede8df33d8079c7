"""Ids of ChittyID that stand in code, where they have to come from the service (ID-5)."""

import re
from collections.abc import Iterator

from systems.issued_ids import Issued

MINTED = r"CHITTY-([A-Z]{2,8})-(\d{7}|[1-9]\d{7,11})-([0-9A-Z]{4})"
STRUCTURED = r"\d{2}-[A-Z]-[A-Z]{3,4}-\d{4}-([A-Z])-\d{2}(?:0[1-9]|1[0-2])-[A-Z]-[0-9A-Z]"
"""Both forms of an id, as the worker knows them."""

_FOUND = re.compile(rf"(?<![\w-])(?:{MINTED}|{STRUCTURED})(?![\w-])", re.ASCII)
_EXAMPLE = re.compile(r"CHITTY-[A-Z]+-00012(?:34|43)-A1B2|01-C-PROD-0001-P-2501-A-X")
"""What documents show, and a slip in it: nobody is meant by these."""


def hard_coded(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line, counted from 1, and the id, of each id in *text* that is no example."""
    for number, line in enumerate(text.splitlines(), start=1):
        for found in _FOUND.finditer(line):
            if not _EXAMPLE.fullmatch(found[0]):
                yield number, found[0]


ISSUED = Issued(
    what="id of ChittyID",
    instead="have ChittyID mint it (POST /v1/mint), and keep it in a store or in the configuration",
    hard_coded=hard_coded,
)
