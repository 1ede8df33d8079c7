"""What one kind of thing (KV namespaces, R2 buckets, …) brings to the runtime."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from common.json_types import Json
from local.records.model import Cloud
from local.runtime.configuration.bindings import Form
from local.runtime.configuration.environment import Account, Layout


@dataclass(frozen=True, kw_only=True)
class RuntimeKind:
    """One kind. A folder of `local/runtime` whose `kind.py` has one as `KIND` is part of it all.

    Its `admin.mjs`, where there is one, answers `/<folder>/…` of the admin worker: it exports
    `serve`. Modules that this one imports lie beside it.
    """

    bindings: Mapping[str, Form] = field(default_factory=dict)
    """What a worker's bindings of this kind become, by their type in the API."""

    services: Callable[[Cloud, Account], list[Json]] = lambda _cloud, _account: []
    """System workers that the kind needs."""

    sockets: tuple[Json, ...] = ()
    """Sockets that clients reach the kind at."""

    disks: tuple[str, ...] = ()
    """Directories of its data. Each is one disk service of the configuration, `disk:<name>`."""

    is_disposable: bool = False
    """Whether nobody misses what lies on its disks."""

    admin: Callable[[Cloud], list[Json]] = lambda _cloud: []
    """What the admin worker is bound to, to reach the data of this kind."""

    stored: Callable[[Cloud], Iterable[str]] = lambda _cloud: ()
    """Names of what has data in a cloud."""

    files: Callable[[Layout, str], Iterable[Path]] = lambda _layout, _name: ()
    """Files and folders of the data of one name, there or not."""

    told: Callable[[Cloud, Account], Mapping[str, object]] = lambda _cloud, _account: {}
    """What its workers need no new start for: paths of the admin worker, and the JSON that is put
    there when it changed. The same is in a `told_binding` for a worker that starts."""

    wakes: Callable[[Cloud, Cloud], list[str]] = lambda _former, _present: []
    """Paths of the admin worker that have to be asked for when the cloud changed."""
