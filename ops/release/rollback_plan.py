"""The way back to a release: what of it returns, and what cannot."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from ops.errors import OpsError
from ops.release.release_record import Book, Release, Standing
from ops.stack.target import Target
from ops.state_migration.migration_resume import OF_SECRETS

SECURE, CONFIG = "secure", "config"
SHORT = 9
"""Characters of a commit that are shown."""


@dataclass(frozen=True)
class WayBack:
    """A release that a stack can return to, in words."""

    to: Release
    returns: tuple[str, ...]
    cannot: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    def told(self) -> str:
        """Write it for people."""
        ended, commit = self.to.ended, self.to.commit[:SHORT]
        lines = [f"back to release {self.to.number} of {ended}, commit {commit}"]
        lines += [f"returns: {each}" for each in self.returns or ("nothing that is known",)]
        lines += [f"cannot return: {each}" for each in self.cannot]
        lines += [f"not known, so nothing is said of it: {each}" for each in self.unknown]
        return "\n".join(lines)


def choose(book: Book, target: Target, number: int | None) -> Release:
    """Return the release of *target* to go back to. *number*: default, the one before the newest.

    Raises `OpsError` where there is none, it cannot be built again, or was of another account.
    """
    stack = target.name
    found = book.target(number)
    known = ", ".join(str(each.number) for each in book.releases) or "none"
    if found is None:
        wanted = "no earlier release" if number is None else f"no release {number}"
        raise OpsError(
            f"{stack} has {wanted} to go back to; noted are: {known}; nothing was changed; to end "
            f"what it serves: python -m ops destroy {stack}"
        )
    if found.result != "done":
        ended = "failed" if found.result == "failed" else "did not come to its end"
        raise OpsError(f"release {found.number} of {stack} {ended}; nothing was changed")
    if found.ends:
        raise OpsError(
            f"release {found.number} of {stack} was its end (destroy), and nothing of it can come "
            f"back; choose another by --to (noted are: {known}); nothing was changed"
        )
    if found.account != target.account:
        raise OpsError(
            f"release {found.number} of {stack} was of the account {found.account}, and {stack} is "
            f"of {target.account} now; nothing was changed"
        )
    if not found.commit or found.changed:
        why = "has no commit" if not found.commit else "had changes that no commit has"
        raise OpsError(
            f"release {found.number} of {stack} {why}, so its code cannot be built again; "
            f"choose another by --to (noted are: {known}); nothing was changed"
        )
    return found


def way_back(book: Book, release: Release, now: Standing, configuration: str) -> WayBack:
    """Say what of *release* returns, where the account stands as *now*."""
    then = release.after or Standing()
    returns = (*_workers(release, then, now), *_rules(then, now), *_keys(release, configuration))
    data = _data(book.ended_since(release.number))
    cannot = (*_objects(then, now), *_sql(book, release, then, now), data)
    return WayBack(release, returns, cannot, now.unknown)


DATA = (
    "data and secrets: what was written or deleted since in KV, R2, D1, queues and Durable Objects "
    "stays as it is, and secrets are those of now"
)


def _data(end: Release | None) -> str:
    """Say what is with data; *end*: the release that has ended the stack since, if one has."""
    if end is None:
        return DATA
    gone = "went with it" if end.result == "done" else "may have gone with it, for it did not end"
    return (
        f"data and secrets: release {end.number} was the end of the stack (destroy), and what its "
        f"stores held {gone}, but for those that were protected: they stay in the account with "
        f"their data, and python -m ops up {end.stack} --adopt takes them over; to bring back what "
        f"is gone from a backup, afterwards: python -m ops restore {end.stack} DIR; secrets are "
        f"those of now"
    )


def _workers(release: Release, then: Standing, now: Standing) -> Iterator[str]:
    for name, shares in then.versions.items():
        if now.versions.get(name) != shares:
            versions = ", ".join(f"{version} ({of:g} %)" for version, of in shares.items())
            yield f"worker {name}: its code of commit {release.commit[:SHORT]}, then {versions}"
    for name in sorted(now.versions.keys() - then.versions.keys()):
        yield f"worker {name}: it was not there"


def _rules(then: Standing, now: Standing) -> Iterator[str]:
    for name, version in then.rulesets.items():
        if now.rulesets.get(name) != version:
            yield f"rules of {name}: as in version {version}, now {now.rulesets.get(name, 'none')}"


def _keys(release: Release, configuration: str) -> Iterator[str]:
    then, now = (_config(text) for text in (release.configuration, configuration))
    differing = sorted(
        key for key in then.keys() | now.keys() if _marked(then.get(key)) != _marked(now.get(key))
    )
    if differing:
        yield f"configuration: {', '.join(differing)}"


def _objects(then: Standing, now: Standing) -> Iterator[str]:
    for name, tag in now.tags.items():
        if then.tags.get(name) != tag:
            yield (
                f"Durable Objects of {name}: migration {tag} stays, with its classes and what they "
                f"hold; then it was {then.tags.get(name, 'none')}"
            )


def _sql(book: Book, release: Release, then: Standing, now: Standing) -> Iterator[str]:
    for name, applied in now.migrations.items():
        newer = [file for file in applied if file not in then.migrations.get(name, ())]
        if not newer:
            continue
        stays = f"database {name}: {', '.join(newer)} stays applied"
        following = _applying(book, release, name, newer)
        bookmark = following.before.bookmarks.get(name) if following else None
        if following and bookmark:
            yield (
                f"{stays}; to bring it back to the moment before, {following.began}, with the loss "
                f"of all that was written since, and only within 30 days, 7 without a paid plan: "
                f"npx wrangler d1 time-travel restore {name} --bookmark {bookmark}"
            )
        else:
            yield f"{stays}, and no bookmark of the moment before is known"


def _applying(book: Book, release: Release, name: str, newer: Collection[str]) -> Release | None:
    """Return the first release after *release* that may have applied one of *newer*.

    What an earlier one wrote is not lost then. One that did not come to its end may have. What was
    before the end of a stack is of a database that went with it, as far as is known.
    """
    end = book.ended_since(release.number)
    since = end.number if end else release.number
    for each in book.releases:
        done = each.after.migrations.get(name, ()) if each.after else ()
        may_have = each.result != "done" or any(file in done for file in newer)
        if each.number > since and may_have:
            return each
    return None


def configuration(then: str, now: str) -> str:
    """Return the configuration *then*, with the secrets, and what encrypts them, of *now*.

    Raises `OpsError` for a secret that *now* has not, and that nothing decrypts any more.
    """
    old, new = yaml.safe_load(then) or {}, yaml.safe_load(now) or {}
    gone = sorted(_secrets(old.get(CONFIG)) - _secrets(new.get(CONFIG)))
    if gone and any(old.get(key) != new.get(key) for key in OF_SECRETS):
        raise OpsError(
            f"the configuration of then has secrets that there are no more, encrypted by another "
            f"key than those of now: {', '.join(gone)}; nothing was changed; set each as it is to "
            f"be, then run this again: pulumi config set --secret --path KEY"
        )
    made = {key: value for key, value in new.items() if key != CONFIG}
    made[CONFIG] = _with_secrets(old.get(CONFIG) or {}, new.get(CONFIG) or {})
    return yaml.safe_dump(made, sort_keys=False, allow_unicode=True)


def _with_secrets(then: Any, now: Any) -> Any:
    """Put the secrets of *now* in the places of those of *then*."""
    if _is_secret(then):
        return now if _is_secret(now) else then
    if isinstance(then, dict):
        known = now if isinstance(now, dict) else {}
        return {key: _with_secrets(value, known.get(key)) for key, value in then.items()}
    if isinstance(then, list):
        beside = now if isinstance(now, list) and len(now) == len(then) else [None] * len(then)
        return [_with_secrets(*pair) for pair in zip(then, beside, strict=True)]
    return then


def _secrets(value: Any, path: str = "") -> set[str]:
    """Return the paths of the secrets in *value*."""
    if _is_secret(value):
        return {path}
    if isinstance(value, dict):
        inner = [(f"{path}.{key}".strip("."), each) for key, each in value.items()]
    else:
        listed = value if isinstance(value, list) else []
        inner = [(f"{path}[{place}]", each) for place, each in enumerate(listed)]
    return {found for place, each in inner for found in _secrets(each, place)}


def _marked(value: Any) -> Any:
    """Return *value* with a mark in the place of each secret: one that is new is no change."""
    if _is_secret(value):
        return SECURE
    if isinstance(value, dict):
        return {key: _marked(each) for key, each in value.items()}
    return [_marked(each) for each in value] if isinstance(value, list) else value


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {SECURE}


def _config(text: str) -> dict[str, Any]:
    return dict((yaml.safe_load(text) or {}).get(CONFIG) or {})
