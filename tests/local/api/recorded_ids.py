"""Requests that were recorded elsewhere, whose ids are others here."""


def with_ids(ids: dict[str, str], line: str) -> str:
    """Put our ids in the place of the recorder's."""
    for theirs, ours in ids.items():
        line = line.replace(theirs, ours)
    return line
