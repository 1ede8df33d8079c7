"""What the SQL API of Analytics Engine answers of figures (PA-12, PA-17)."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

import httpx
from rich.markup import escape
from rich.table import Table

from common.json_types import Json
from ops.cloudflare_api.answer import FORBIDDEN, NoAnswerError
from ops.cloudflare_api.client import Client
from ops.errors import OpsError
from planning.figures import Figure

NO_DATA = "no data"
RIGHT = "the token needs Account Analytics: Read"
_DECIMALS = 3


class NotAnsweredError(OpsError):
    """The figures could not be read: nothing is known of them, good or bad."""

    exit_code = 4


@dataclass(frozen=True)
class Reading:
    """What was read of one figure: labels with values, none where nothing was written."""

    figure: Figure
    values: tuple[tuple[str, Decimal], ...] = ()

    @property
    def missed(self) -> tuple[tuple[str, Decimal], ...]:
        """Return what is not as it has to be."""
        goal = self.figure.goal
        return tuple(each for each in self.values if goal and not goal.holds(each[1]))


@dataclass
class SqlApi:
    """The SQL API of *account*, at the API of Cloudflare *api*."""

    api: str
    account: str
    token: str = field(repr=False)
    transport: httpx.BaseTransport | None = None

    def readings(self, figures: Iterable[Figure], minutes: int) -> list[Reading]:
        """Read *figures* of the last *minutes*. Raises `NotAnsweredError`."""
        url = f"{self.api}/accounts/{self.account}/analytics_engine/sql"
        with Client(url, self.token, transport=self.transport) as client:
            known = {row.get("dataset") for row in _rows(client, "SHOW TABLES FORMAT JSON")}
            return [
                _reading(each, _rows(client, each.table(minutes)))
                if each.dataset in known  # it comes to be with its first point
                else Reading(each)
                for each in figures
            ]


def table(readings: Sequence[Reading]) -> Table:
    """Lay the readings out: figure, value, what it has to be; what is not so is marked."""
    shown = Table("figure", box=None, pad_edge=False)
    shown.add_column("value", justify="right")
    shown.add_column("goal")
    for reading in readings:
        title, goal = reading.figure.title, reading.figure.goal
        for label, value in reading.values or (("", None),):
            missed = value is not None and goal is not None and not goal.holds(value)
            shown.add_row(
                escape(f"{title} {label}".strip()),
                _shown(value, reading.figure.unit, missed=missed),
                _goal(reading, missed=missed),
            )
    return shown


def missed(readings: Iterable[Reading]) -> list[str]:
    """Say everything that is not as it has to be."""
    return [
        f"{reading.figure.title} {label}".strip()
        + f" is {plain(value)} {reading.figure.unit}".rstrip()
        + f", and has to be {reading.figure.goal}"
        for reading in readings
        for label, value in reading.missed
    ]


def plain(value: Decimal) -> str:
    """Write *value* with three decimals at most, or two digits of what is smaller than those."""
    if value and abs(value) < Decimal(10) ** -_DECIMALS:
        return f"{value:.2g}"
    text = f"{round(value, _DECIMALS):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shown(value: Decimal | None, unit: str, *, missed: bool) -> str:
    if value is None:
        return f"[dim]{NO_DATA}[/dim]"
    text = escape(f"{plain(value)} {unit}".rstrip())
    return f"[red]{text}[/red]" if missed else text


def _goal(reading: Reading, *, missed: bool) -> str:
    goal = reading.figure.goal
    if goal is None:
        return ""
    return f"{goal} [red]missed[/red]" if missed else str(goal)


def _reading(figure: Figure, rows: Sequence[Json]) -> Reading:
    found = ((str(row.get("label", "")), _number(row.get("value")), row) for row in rows)
    values = tuple(
        (label, value)
        for label, value, row in found
        if value is not None and (_number(row.get("points")) or 0) > 0
    )
    return Reading(figure, values)


def _number(value: object) -> Decimal | None:
    """Read a number, which is text where it is wide; of nothing there is an average of nothing."""
    with suppress(InvalidOperation):
        found = Decimal(str(value))
        return found if found.is_finite() else None
    return None


def _rows(client: Client, sql: str) -> list[Json]:
    try:
        answer = client.request("POST", "", content=sql.encode())
        if answer.status_code in FORBIDDEN:
            raise NotAnsweredError(f"{client.base} refuses ({answer.status_code}); {RIGHT}")
        if not answer.is_success:
            said = " ".join(answer.text.split())[:200]
            raise NotAnsweredError(f"{client.base} refuses ({answer.status_code}): {said}")
        data = client.json_of(answer)["data"]
    except NoAnswerError as error:
        raise NotAnsweredError(str(error)) from None
    except (KeyError, TypeError):
        raise NotAnsweredError(f"{client.base} does not answer as the SQL API does") from None
    return [row for row in data if isinstance(row, dict)]
