"""Test starts: workers run with empty state on a throw-away socket before they may serve."""

import hashlib
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from common.certificates import trusted_at
from common.files import write_private
from common.json_types import Json
from local.records.model import Checked, Cloud, RefusedError, Worker
from local.runtime.assembly.configuration import Variant, write
from local.runtime.assembly.division import ENTRYPOINT
from local.runtime.assembly.registry import DISKS
from local.runtime.configuration.capnp import Embed
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.modules import MODULE_KINDS
from local.runtime.configuration.redaction import without_secrets
from local.runtime.configuration.services import (
    designator,
    json_binding,
    system_worker,
    worker_service,
)
from local.runtime.configuration.source_map import places_in_refusal
from local.runtime.errors import StartError
from local.runtime.objects.faults import Fault, first_modules
from local.runtime.workerd.process import Workerd
from local.runtime.workerd.supervisor import listen

MAIN = Path(__file__).parent / "index.mjs"
DESCRIBE = Path(__file__).parent / "describe.mjs"
LOADER_KINDS = {"esModule": "js", "commonJsModule": "cjs", "text": "text", "json": "json"}
NOBODY = trusted_at("http://127.0.0.1")
"""Whose certificates are asked for: plain http needs none."""

"""Kinds of modules a worker can be loaded with while it runs, which is how its start is timed."""


@dataclass(frozen=True)
class Prober:
    """Runs test starts below *scratch* with the workerd *binary*."""

    binary: Path
    account: Account
    scratch: Path

    async def probe(self, cloud: Cloud, timed: str | None = None) -> dict[str, Checked]:
        """Show what every worker of *cloud* is when it starts, by name.

        *timed* is the worker whose start is measured; the others show 0 ms. Raises `RefusedError`
        with the compiler's message, or when a Durable Object class is not exported.
        """
        with self._directory() as root:
            answer = await self._run(cloud, timed, Layout.below(root))
        return _shown(answer, cloud.workers, timed)

    @contextmanager
    def _directory(self) -> Iterator[Path]:
        root = Path(tempfile.mkdtemp(prefix="trial-", dir=self.scratch))
        try:
            yield root
        finally:
            shutil.rmtree(root, ignore_errors=True)

    async def _run(self, cloud: Cloud, timed: str | None, layout: Layout) -> Json:
        layout.create(DISKS)
        variant = _variant(cloud, timed)
        text = write(_without_crons(cloud), self.account, layout, layout.config, variant)
        write_private(layout.config, text)
        began = time.monotonic()
        with listen("127.0.0.1", 0) as held:
            try:
                process = await Workerd.start(
                    self.binary, layout.config, {"probe": held}, lambda _: None
                )
            except StartError as error:
                raise RefusedError(without_internal_names(str(error))) from error
            started = time.monotonic() - began
            try:
                answer = await _ask(httpx.AsyncHTTPTransport(verify=NOBODY), held.getsockname()[1])
            finally:
                await process.kill()
        answer["process_ms"] = started * 1000
        return answer


def describing(workers: Iterable[Worker], faults: Iterable[Fault] = ()) -> dict[str, Json]:
    """Make first modules by which *workers* say what they are; see `faults.first_modules`."""
    return first_modules(workers, faults, DESCRIBE.read_text(encoding="utf-8"))


async def described(
    socket: Path, workers: Iterable[Worker], timed: str, start_ms: float
) -> dict[str, Checked]:
    """Ask at *socket* what *workers* are, which serve with first modules that say it.

    *timed* is the one whose start took *start_ms*, at most. Raises `RefusedError` when a Durable
    Object class is not exported.
    """
    try:
        answer = await _ask(httpx.AsyncHTTPTransport(uds=str(socket), verify=NOBODY))
    except httpx.HTTPError as error:
        raise RefusedError(f"worker {timed} started, and ended the runtime") from error
    answer |= {"startup_ms": None, "process_ms": start_ms}
    return _shown(answer, tuple(workers), timed)


def _shown(answer: Json, workers: Sequence[Worker], timed: str | None) -> dict[str, Checked]:
    found = {
        worker.name: _checked(answer, worker, is_timed=worker.name == timed) for worker in workers
    }
    for worker in workers:
        _need_classes(worker, found[worker.name])
    return found


async def _ask(transport: httpx.AsyncHTTPTransport, port: int = 80) -> Json:
    async with httpx.AsyncClient(transport=transport, timeout=30) as client:
        response = await client.get(f"http://127.0.0.1:{port}/")
    if response.status_code != httpx.codes.OK:
        raise RefusedError(f"the test start answered {response.status_code}: {response.text}")
    answer: Json = response.json()
    return answer


def fingerprint(cloud: Cloud) -> str:
    """Name what a test start proves: the workers, whatever their order, and who consumes."""
    workers = sorted(repr(worker) for worker in cloud.workers)
    return hashlib.sha256(repr((workers, cloud.consumers)).encode()).hexdigest()


def _without_crons(cloud: Cloud) -> Cloud:
    """Leave the schedules out: nothing is to fire in a test start."""
    workers = tuple(replace(worker, crons=()) for worker in cloud.workers)
    return replace(cloud, workers=workers)


def _variant(cloud: Cloud, timed: str | None) -> Variant:
    return Variant(
        sockets=({"name": "probe", "http": {}, "service": designator("system:probe")},),
        extra_services=(_probe_service(cloud, timed),),
        first_modules=describing(cloud.workers),
    )


def _probe_service(cloud: Cloud, timed: str | None) -> Json:
    names = [worker.name for worker in cloud.workers]
    targets = [
        {
            "name": f"worker:{name}",
            "service": designator(worker_service(name), entrypoint=ENTRYPOINT),
        }
        for name in names
    ]
    chosen = next((worker for worker in cloud.workers if worker.name == timed), None)
    bindings = [
        json_binding("WORKERS", names),
        {"name": "LOADER", "workerLoader": {"id": "startup"}},
        *targets,
        *_timing(chosen),
    ]
    return system_worker("probe", [{"name": MAIN.name, "esModule": Embed(MAIN)}], bindings)


def _timing(worker: Worker | None) -> list[Json]:
    """Hand the sources of *worker* to the loader that times its start."""
    modules = worker.modules if worker else ()
    kinds = [MODULE_KINDS.get(module.content_type, "") for module in modules]
    if worker is None or not all(kind in LOADER_KINDS for kind in kinds):
        return [json_binding("MODULES", None)]
    pairs = list(zip(modules, kinds, strict=True))
    listed = [
        {"name": module.name, "kind": LOADER_KINDS[kind], "source": f"source:{index}"}
        for index, (module, kind) in enumerate(pairs)
    ]
    compatibility = {
        "compatibilityDate": worker.compatibility_date,
        "compatibilityFlags": worker.compatibility_flags,
    }
    return [
        json_binding("MODULES", listed),
        json_binding("MAIN", worker.main_module),
        json_binding("COMPATIBILITY", compatibility),
        *(
            {"name": f"source:{index}", "text" if kind != "json" else "json": Embed(module.path)}
            for index, (module, kind) in enumerate(pairs)
        ),
    ]


def _checked(answer: Json, worker: Worker, *, is_timed: bool) -> Checked:
    shown = answer["workers"][worker.name]
    startup = answer["startup_ms"]
    if startup is None:  # could not be timed alone: the whole process is the upper bound
        startup = answer["process_ms"]
    return Checked(
        handlers=tuple(shown["handlers"]),
        exports={name: tuple(handlers) for name, handlers in shown["exports"].items()},
        startup_time_ms=round(startup) if is_timed else 0,
    )


def _need_classes(worker: Worker, checked: Checked) -> None:
    for declared in worker.durable_objects:
        if declared.class_name not in checked.exports:
            exported = ", ".join(sorted(checked.exports)) or "none"
            raise RefusedError(
                f"worker {worker.name}: Durable Object class {declared.class_name} is not exported "
                f"by {worker.main_module} (classes exported: {exported})"
            )


def without_internal_names(message: str) -> str:
    """Return workerd's errors with the user's names for its services."""
    lines = (line for line in message.splitlines() if '"system:probe"' not in line)
    return "\n".join(lines).replace("service worker:", "worker ").replace('"worker:', '"')


def refusal(error: Exception, cloud: Cloud) -> str:
    """Return why *cloud* was refused: user's names, lines that somebody wrote, no secrets."""
    reason = places_in_refusal(cloud, without_internal_names(str(error)))
    return without_secrets(reason, cloud)
