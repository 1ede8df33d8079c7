"""What Workers Logs has of errors, by the query API of Workers Observability (FW-10)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx

from common.json_types import Json
from ops.cloudflare_api.answer import NoAnswerError
from ops.cloudflare_api.client import Client, Patience
from ops.errors import OpsError
from planning.plans import AccountPlan

PATH = "workers/observability/telemetry/query"
PATIENCE = Patience(
    timeout_seconds=60,
    attempts=8,
    first_wait_seconds=10,
    longest_wait_seconds=60,
    repeats_posts=True,
)
"""The logs are asked again for five minutes: as long as a limit lasts."""

PAGE = 2_000
"""Events of a page: the most that is given at once."""

MOST_PAGES = 5
MOST = PAGE * MOST_PAGES
"""Events that are read of errors at most."""

KEPT: Mapping[AccountPlan, int] = {"free": 3, "paid": 7}
"""Days that Cloudflare keeps logs, by the plan of the account."""

KEPT_DAYS = max(KEPT.values())

RIGHT = "the token needs Workers Observability: Edit, which Cloudflare asks for by this query"
GOOD = "ok,canceled"
"""Outcomes that are no error: a client that went away is its own affair."""

ANY_ERROR: Json = {
    "kind": "group",
    "filterCombination": "or",
    "filters": [
        {"key": "$metadata.level", "operation": "eq", "type": "string", "value": "error"},
        {"key": "$metadata.error", "operation": "exists", "type": "string"},
        {"key": "$workers.outcome", "operation": "not_in", "type": "string", "value": GOOD},
    ],
}


class NotReadError(OpsError):
    """The logs could not be read: nothing is known of errors, good or bad."""

    exit_code = 4


@dataclass(frozen=True)
class Window:
    """From when to when is looked."""

    begin: datetime
    end: datetime

    def timeframe(self) -> Json:
        """Return it as a query has it, in milliseconds since 1970."""
        begin, end = (round(each.timestamp() * 1000) for each in (self.begin, self.end))
        return {"from": begin, "to": end}

    def earlier(self) -> "Window | None":
        """Return what the logs have from before it; `None` where it goes as far back as they do."""
        kept = self.end - timedelta(days=KEPT_DAYS)
        return Window(kept, self.begin) if kept < self.begin else None


@dataclass(frozen=True)
class Telemetry:
    """The query API of *account*, at the API of Cloudflare *api*."""

    api: str
    account: str
    token: str = field(repr=False)
    transport: httpx.BaseTransport | None = None

    def errors(self, workers: Sequence[str], window: Window) -> Iterator[Json]:
        """Yield the events of *workers* in *window* that have to do with an error, newest first.

        It ends after `MOST` of them. Raises `NotReadError`.
        """
        yield from self._found(workers, [ANY_ERROR], window, MOST_PAGES)

    def events(self, workers: Sequence[str], window: Window) -> Iterator[Json]:
        """Yield all events of *workers* in *window*, newest first. Raises `NotReadError`."""
        yield from self._found(workers, [], window)

    def _found(
        self, workers: Sequence[str], filters: list[Json], window: Window, pages: int | None = None
    ) -> Iterator[Json]:
        if not workers:
            return
        named = {"key": "$metadata.service", "operation": "in", "type": "string"}
        filters = [*filters, {**named, "value": ",".join(workers)}]
        url = f"{self.api}/accounts/{self.account}/{PATH}"
        with Client(url, self.token, patience=PATIENCE, transport=self.transport) as client:
            yield from self._pages(client, filters, window, pages)

    def _pages(
        self, client: Client, filters: list[Json], window: Window, pages: int | None
    ) -> Iterator[Json]:
        offset = ""
        for _ in range(pages) if pages else count():
            events = _page(client, _query(filters, window, offset))
            yield from events
            if len(events) < PAGE:
                return
            before, offset = offset, str(events[-1]["$metadata"]["id"])
            if offset == before:
                raise NotReadError(f"{self.api} gives the same page of logs again and again")


def _page(client: Client, query: Json) -> list[Json]:
    try:
        answer = client.ask("POST", "", json=query)
        if answer.forbidden:
            raise NotReadError(f"{client.base} refuses ({answer.status}); {RIGHT}")
        if not answer.good:
            raise NotReadError(f"{client.base} refuses ({answer.reason})")
        return [_checked(each) for each in answer.result["events"].get("events") or []]
    except NoAnswerError as error:
        raise NotReadError(str(error)) from None
    except (KeyError, TypeError, AttributeError):
        raise NotReadError(f"{client.base} does not answer as the query API does") from None


def _query(filters: list[Json], window: Window, offset: str) -> Json:
    query: Json = {
        "queryId": "chittyos-errors",
        "view": "events",
        "dry": True,  # nothing is to be kept of it in the account
        "limit": PAGE,
        "timeframe": window.timeframe(),
        "parameters": {
            "datasets": ["cloudflare-workers"],
            "filterCombination": "and",
            "filters": filters,
        },
    }
    return {**query, "offset": offset, "offsetDirection": "next"} if offset else query


def _checked(event: Any) -> Json:
    """Return *event* if it is one: what is read of it later is there. Raises `KeyError`."""
    found: Json = event
    _ = (found["timestamp"] + 0, found["$metadata"]["id"], found["$metadata"].get("service"))
    return found
