"""A worker before it is registered: everything that can be refused is refused here."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pulumi

from components.bundle import Bundle, bundle, relative
from components.durable_object import live_tag
from components.worker_args import WorkerArgs
from planning.compatibility import has_node
from planning.durable_objects import Migration, check_exports, plan
from planning.refusals import RefusedError


@dataclass(frozen=True)
class Upload:
    """What will be uploaded."""

    args: WorkerArgs
    module: Bundle
    pending: Migration | None

    @property
    def by_versions(self) -> bool:
        """Whether it comes as a version of a worker, and not as a script."""
        declares = bool(self.args.history) and self.args.lifecycle == "exports"
        return declares or self.args.versions is not None


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
    node = has_node(args.compatibility_date, args.compatibility_flags)
    module = bundle(args.entry, args.script, root, node=node)
    args = args.model_copy(update={"entry": relative(args.entry, root)})
    if not args.history and not classes:
        return Upload(args, module, None)
    try:
        return Upload(args, module, _pending(account_id, args, module, classes, provider))
    except RefusedError as error:
        raise RefusedError(f"Durable Objects of {args.script}: {error}") from None


def _pending(
    account_id: str,
    args: WorkerArgs,
    module: Bundle,
    classes: Collection[str],
    provider: pulumi.ProviderResource | None,
) -> Migration | None:
    """Return the steps that the account lacks; `None` where the classes are declared instead."""
    if args.versions:
        raise RefusedError(
            "versions side by side are for a worker that has none: an object would be at one "
            "version or another, and a change of its class has to be deployed at once; remove "
            "`versions`"
        )
    if args.lifecycle == "exports":
        check_exports(args.history, exported=module.exports, bound=classes)
        return None
    tag = live_tag(account_id, args.script, provider)
    return plan(args.history, tag, exported=module.exports, bound=classes)
