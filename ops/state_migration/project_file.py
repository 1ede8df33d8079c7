"""The project's file after a move: it says the new address once no stack is left at the old one."""

from collections.abc import Iterator

from common.files import replace
from ops.state_migration.move import Move
from ops.state_store import layout, locks
from ops.state_store.address import PROJECT_FILE, in_project, parse


def update(of: Move) -> Iterator[str]:
    """Have the project's file say the new address, once no stack is left at the old one."""
    url = in_project(of.source.root)
    if url is None or parse(url).place != of.source.address.place:
        return
    left = _left(of)
    if left:
        names = ", ".join(left)
        yield (
            f"{PROJECT_FILE} still says {url}, where {names} is; move that as "
            f"well, and meanwhile, for {of.stack}: export PULUMI_BACKEND_URL="
            f"'{of.target.address.url}'"
        )
        return
    path = of.source.root / PROJECT_FILE
    text = path.read_text(encoding="utf-8")
    replace(path, text.replace(url, of.target.address.url, 1).encode())
    if in_project(of.source.root) == of.target.address.url:
        yield f"{PROJECT_FILE} says {of.target.address.url} now"
    else:
        replace(path, text.encode())
        yield f"{PROJECT_FILE}: set backend.url to {of.target.address.url} by hand"


def _left(of: Move) -> list[str]:
    """Return the stacks whose state is at the old address and was not moved from there."""
    store, cloud = of.source.store, of.source.cloud
    if cloud:
        return cloud.left()
    if store is None:  # no mark says what was moved from there: what is not deleted counts
        return [name for name in of.source.stacks() if name != of.stack]
    keys = [each.key.removeprefix(layout.states()) for each in store.entries(layout.states())]
    names = sorted({key.split(".")[0] for key in keys if key.endswith(layout.FORMS)})
    return [name for name in names if locks.moved_to(store, name) is None]
