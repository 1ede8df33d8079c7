"""The day of the run. The pack also runs as a process of its own, by the real clock."""

import datetime as dt

TODAY = dt.datetime.now(dt.UTC).date()


def ahead(days: int) -> str:
    """Write the day that comes in *days*, or was when they are negative."""
    return (TODAY + dt.timedelta(days=days)).isoformat()
