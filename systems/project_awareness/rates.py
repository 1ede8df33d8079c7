"""Limits of an address that the worker of Project Awareness holds (PA-9)."""

from config.fields import Positive, Settings


class Rates(Settings):
    """Limits of one address that the worker holds, as token buckets; the zone's: `edge.limits`.

    Cloudflare's own have no burst and are counted in each data centre. Of these, `auth` and
    `sockets` are counted exactly, in a Durable Object; the others in the memory of each isolate.
    """

    all_per_minute: Positive = 2000
    """Requests of all kinds, a minute. Default: 2,000."""

    all_burst: Positive = 100
    """How many of them at once. Default: 100."""

    strangers_per_minute: Positive = 100
    """Requests to `/api/` of whoever is no known assistant and has no valid token, a minute.
    Default: 100."""

    strangers_burst: Positive = 100
    """How many of them at once. Default: 100."""

    auth_per_minute: Positive = 60
    """Requests to `/api/auth/`, but of who has a cookie that the worker has signed, a minute.
    Default: 60."""

    auth_burst: Positive = 10
    """How many of them at once. Default: 10."""

    suggestions_per_minute: Positive = 300
    """Requests to `/api/projects/suggestions`, a minute. Default: 300."""

    suggestions_burst: Positive = 50
    """How many of them at once. Default: 50."""

    sessions_per_minute: Positive = 500
    """Requests to `/api/sessions/`, a minute. Default: 500."""

    sessions_burst: Positive = 25
    """How many of them at once. Default: 25."""

    sockets_per_minute: Positive = 25
    """New WebSockets, a minute. Default: 25."""

    sockets_burst: Positive = 10
    """How many of them at once. Default: 10."""

    sockets_open: Positive = 10
    """WebSockets that may be open at a time. Default: 10."""
