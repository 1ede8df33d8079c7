"""A worker before it is registered: everything that can be refused is refused here."""

from collections.abc import Collection
from dataclasses import dataclass

from components.bundle import Bundle, bundle
from components.durable_object import live_tag
from components.worker_args import WorkerArgs
from planning.compatibility import has_node
from planning.durable_objects import Migration, plan
from planning.refusals import RefusedError


@dataclass(frozen=True)
class Upload:
    """What will be uploaded."""

    args: WorkerArgs
    module: Bundle
    pending: Migration | None


def prepare(account_id: str, args: WorkerArgs, *, classes: Collection[str] = ()) -> Upload:
    """Bundle a worker and plan its migrations; *classes* are those its bindings will name.

    Raises `RefusedError` for code that does not bundle and a history that does not fit.
    """
    node = has_node(args.compatibility_date, args.compatibility_flags)
    module = bundle(args.entry, args.script, node=node)
    if not args.history and not classes:
        return Upload(args, module, None)
    tag = live_tag(account_id, args.script)
    try:
        pending = plan(args.history, tag, exported=module.exports, bound=classes)
    except RefusedError as error:
        raise RefusedError(f"Durable Objects of {args.script}: {error}") from None
    return Upload(args, module, pending)
