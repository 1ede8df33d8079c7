"""A release: what a deployment of a stack found, and what it left, with who, when and of what."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from ops.errors import OpsError

MOST = 50
"""Releases that are kept of a stack."""

Result = Literal["begun", "done", "failed"]


class _Record(BaseModel):
    """Read again by any later version of the program: what it does not know it leaves out."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Standing(_Record):
    """How the account stands, as far as it says by versions. KV and R2 have none."""

    versions: dict[str, dict[str, float]] = {}
    """Worker → id of each deployed version → requests of a hundred."""

    tags: dict[str, str] = {}
    """Worker → tag of its newest Durable Object migration."""

    bookmarks: dict[str, str] = {}
    """Database → bookmark of Time Travel: the moment it can be brought back to."""

    migrations: dict[str, tuple[str, ...]] = {}
    """Database → files that were applied to it."""

    rulesets: dict[str, str] = {}
    """Zone and phase → version of its ruleset."""

    unknown: tuple[str, ...] = ()
    """What could not be asked, and why."""


class Release(_Record):
    """One deployment of a stack. It holds no secret: its configuration has them encrypted."""

    number: int = 0
    """Given where it is kept, from 1 on. Default: it is not yet."""

    stack: str
    account: str
    began: str
    """ISO 8601, UTC."""

    ended: str = ""
    """The same; "" where it did not end, as when the machine was switched off."""

    result: Result = "begun"
    why: str = ""
    """What it was for, where a command knows: a step of a rollout, a way back. Default: an `up`."""

    back_to: int | None = None
    """Release that it returned to. Default: it goes on."""

    corrects: int | None = None
    """Release of which it takes a change back, so that nobody goes back to that by default."""

    ends: bool = False
    """Whether it was the end of the stack: all that was deployed was deleted (`destroy`)."""

    by: str = ""
    """Who deployed."""

    commit: str = ""
    """Commit of the program; "" where it is in no repository of git."""

    changed: bool = False
    """Whether its files were not those of the commit. Configurations, migrations and histories of
    Durable Objects are not meant: they are kept here, or never go back."""

    engine: str = ""
    plugins: dict[str, str] = {}
    plan: str = ""
    """Hash of the plan that was done."""

    configuration: str = ""
    """The tracked file of the stack."""

    before: Standing = Standing()
    after: Standing | None = None

    def is_same(self, other: "Release") -> bool:
        """Whether *other* is this one, at its beginning or at its end."""
        return _identity(self) == _identity(other)


def _identity(release: Release) -> tuple[object, ...]:
    return release.number, release.began, release.by, release.plan


class Book(_Record):
    """The releases of a stack, oldest first."""

    releases: tuple[Release, ...] = ()

    def find(self, number: int) -> Release | None:
        """Return the release *number*; `None` where there is none, or no more."""
        return next((each for each in self.releases if each.number == number), None)

    def with_all(self, others: "Book") -> "Book":
        """Return it with those of *others* whose numbers it has not."""
        more = [each for each in others.releases if self.find(each.number) is None]
        kept = sorted([*self.releases, *more], key=lambda each: each.number)
        return Book(releases=tuple(kept[-MOST:]))

    def numbered(self, release: Release) -> Release:
        """Return *release* with its number: a new one where it has none, or another has that.

        Two machines that began at once have chosen the same one.
        """
        others = {each.number for each in self.releases if not each.is_same(release)}
        if release.number and release.number not in others:
            return release
        return release.model_copy(update={"number": max(others, default=0) + 1})

    def having(self, release: Release, most: int) -> "Book":
        """Return it with *release* in its place, and no more than the newest *most*."""
        others = [each for each in self.releases if each.number != release.number]
        kept = sorted([*others, release], key=lambda each: each.number)
        return Book(releases=tuple(kept[-most:]))

    def target(self, number: int | None = None) -> Release | None:
        """Return the release to go back to; `None` where there is none.

        *number*: default, the newest that was done before the newest. After a way back that is the
        one before what it went back to: not what has just been left. A way back that did not come
        to its end is taken again. The end of a stack is nothing to go back to.
        """
        if number is not None or not self.releases:
            return self.find(number or 0)
        newest = self.releases[-1]
        if newest.back_to and newest.result != "done":
            return self.find(newest.back_to)
        before = self._stands_for(newest)
        done = (it for it in self.releases if it.result == "done" and not it.ends)
        earlier = [it for it in done if it.number < before]
        return earlier[-1] if earlier else None

    def ended_since(self, number: int) -> Release | None:
        """Return the newest release after *number* that was the end of the stack, or begun as it.

        `None`: none was.
        """
        ends = [each for each in self.releases if each.ends and each.number > number]
        return ends[-1] if ends else None

    def _stands_for(self, release: Release) -> int:
        """Return the number of the release that *release* brought back, or has corrected."""
        while number := release.back_to or release.corrects:
            found = self.find(number)
            if found is None or number >= release.number:
                return number
            release = found
        return release.number


def parse(text: str, place: str) -> Book:
    """Read a book that was written to *place*; "" is an empty one.

    Raises `OpsError` for what is none.
    """
    try:
        return Book.model_validate_json(text or "{}")
    except ValidationError as error:
        raise OpsError(
            f"releases cannot be read: {place} has {error.error_count()} faults; it was written by "
            f"something else; look at it, and move it away, so that releases are noted again"
        ) from None
