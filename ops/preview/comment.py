"""A preview as a Markdown comment: what is lost comes first, and nothing secret comes at all.

What is rendered was written by whoever opened the pull request: every piece of it becomes inert
text in a code span, of a bounded length. Needs nothing but Python.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from ops.errors import OpsError
from ops.preview import comment_sections
from ops.preview.length_limit import Part, fit
from ops.preview.plan_digest import digest_of
from ops.preview.plan_steps import Json, misshapen
from ops.preview.review_items import Item, items_of, told
from ops.preview.severity import Rank
from ops.preview.untrusted_text import clean, code

MARKER = "<!-- chittyos-preview{} -->"
"""Begins the comment, with the name of a stack where it is not that of the pull request itself."""

LIMIT = 60_000
"""Characters of a comment; GitHub refuses more than 65,536."""

LARGEST = 32 * 1024 * 1024
"""Bytes of a plan; that of the whole platform has one hundredth of it."""

NO_CHANGES = "No changes: "
"""Begins the one line on a plan that changes nothing."""

TITLE_LIMIT = 100
ABOUT = ("commit", "stack", "environment", "engine", "plugins", "when")
"""What a plan says of itself, in this order."""

Compared = tuple[Json, Json | None]
"""A plan, and that of what it is compared with, where there is one."""


def read_plan(path: Path) -> Json:
    """Read what `preview --out` wrote; `OpsError` says where it is not that."""
    try:
        with path.open("rb") as file:
            given = file.read(LARGEST + 1)
        where = misshapen(plan := json.loads(given.decode())) if len(given) <= LARGEST else "size"
    except (OSError, ValueError, RecursionError):
        where = "no JSON"
    if where is not None:
        raise OpsError(f"{path} is not the JSON of a preview ({where}); make it by preview --out")
    return cast("Json", plan)


def render(  # noqa: PLR0913 - each is another thing that is said or left out
    plan: Json,
    *,
    title: str = "Preview",
    commit: str | None = None,
    base: Json | None = None,
    stack: str | None = None,
    limit: int = LIMIT,
) -> str:
    """Render *plan*, the JSON of a preview, under the heading *title*, in *limit* characters.

    *commit*: what it is of; default: what the plan says. *base*: the JSON of a preview of what it
    is compared with, for what a month costs. *stack*: for its marker, see `marker_of`. A plan that
    changes nothing is one line.
    """
    items = items_of(plan)
    body = list(_body(plan, items, base))
    footer = _footer(plan, commit)
    if not body:
        return f"{marker_of(stack)}\n{NO_CHANGES}{footer}\n"
    if not items and not failed(plan):
        body.append(Part(before=("No changes.",)))
    head = Part(before=(marker_of(stack), f"## {_plain(title)}"))
    return fit([head, *body, Part(before=(footer,))], limit)


def render_all(plans: Mapping[str, Compared], *, commit: str | None = None) -> str:
    """Render *plans*, of stacks by their names, as one comment; *commit* as for `render`.

    Each has a section of its own, or a line where it changes nothing, and its own hash.
    """
    if len(plans) == 1:
        ((plan, base),) = plans.values()
        return render(plan, commit=commit, base=base)
    room = LIMIT // len(plans)
    texts = [
        _section(
            name, render(plan, title=f"Preview of {name}", commit=commit, base=base, limit=room)
        )
        for name, (plan, base) in sorted(plans.items())
    ]
    return "\n".join([marker_of(), *texts])


def _section(name: str, text: str) -> str:
    """Return the comment on the stack *name* as part of one on several."""
    said = text.removeprefix(f"{marker_of()}\n")
    same = said.removeprefix(NO_CHANGES)
    return said if same == said else f"No changes of {_plain(name)}: {same}"


def marker_of(stack: str | None = None) -> str:
    """Return what the comment on *stack* is found again by, so that it is edited, not repeated.

    Default: the comment on what a pull request would change.
    """
    return MARKER.format(f" {_plain(stack)}" if stack else "")


def is_serious(plan: Json) -> bool:
    """Return whether *plan* loses data or changes who gets in: somebody has to agree to that."""
    return _needs_consent(items_of(plan))


def failed(plan: Json) -> bool:
    """Return whether the preview failed, or a mandatory policy stops it."""
    stopped = (plan.get("policies") or {}).get("mandatory")
    return bool(stopped or comment_sections.said_of(plan, "error"))


def _needs_consent(items: Sequence[Item]) -> bool:
    return any(item.rank <= Rank.EXPOSURE for item in items)


def _body(plan: Json, items: Sequence[Item], base: Json | None) -> Iterator[Part]:
    """Yield what there is to say, in the order of its weight.

    What is advised of a stack that does not change was said when it last did.
    """
    if not items and not failed(plan):
        yield from comment_sections.needs(plan, base) if base else ()
        return
    if failed(plan):
        said = comment_sections.said_of(plan, "error")
        before = ("**The preview failed.**", *([""] if said else []))
        yield Part(said, comment_sections.told, before)
    yield from comment_sections.serious(items)
    yield from comment_sections.policies(plan)
    yield from comment_sections.needs(plan, base)
    if items:
        yield Part(before=(f"**{told(items)}.**",))
    if _needs_consent(items):
        agree = "Whoever may write here agrees to it by a comment that begins with this line:"
        yield Part(before=(agree, "", "```", f"accept {digest_of(plan)}", "```"))
    yield from comment_sections.table(items)


def _footer(plan: Json, commit: str | None) -> str:
    about = {**(plan.get("about") or {}), **({"commit": commit} if commit else {})}
    said = [f"{name} {_shown(about[name])}" for name in ABOUT if about.get(name)]
    return ", ".join([*said, f"plan `{digest_of(plan)}`"])


def _shown(value: str | list[str]) -> str:
    return code(value if isinstance(value, str) else ", ".join(value))


def _plain(text: str) -> str:
    """Keep of a title what can be neither markup nor a link."""
    return re.sub(r"[^\w ,()-]|_", "", clean(text, TITLE_LIMIT))
