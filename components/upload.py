"""A worker before it is registered: everything that can be refused is refused here."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.bundle import Bundle, bundle, relative
from components.durable_object import live_tag
from components.worker_args import WorkerArgs
from planning.durable_objects import Migration, plan
from planning.refusals import RefusedError


@dataclass(frozen=True)
class Upload:
    """What will be uploaded."""

    args: WorkerArgs
    module: Bundle
    pending: Migration | None


def prepare(
    account_id: str,
    args: WorkerArgs,
    *,
    classes: Collection[str] = (),
    root: Path | None = None,
    provider: pulumi.ProviderResource | None = None,
) -> Upload:
    """Bundle a worker and plan its migrations; *classes* are those its bindings will name.

    *root*: the folder of the program, which its entry is relative to; default: this project.
    *provider*: the one that the worker will be given; default: that of the stack.
    Raises `RefusedError` for code that does not bundle and a history that does not fit.
    """
    module = bundle(args.entry, args.script, root)
    args = args.model_copy(update={"entry": relative(args.entry, root)})
    if not args.history and not classes:
        return Upload(args, module, None)
    tag = live_tag(account_id, args.script, provider)
    try:
        pending = plan(args.history, tag, exported=module.exports, bound=classes)
    except RefusedError as error:
        raise RefusedError(f"Durable Objects of {args.script}: {error}") from None
    return Upload(args, module, pending)
