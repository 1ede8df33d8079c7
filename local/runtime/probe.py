"""Test starts: workers run with empty state on a throw-away socket before they may serve."""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from local.model import Checked, Cloud, Json, RefusedError, Worker
from local.runtime.account import Account
from local.runtime.bindings import designator, worker_service
from local.runtime.capnp import Embed
from local.runtime.configuration import Variant, write
from local.runtime.layout import PRIVATE, Layout
from local.runtime.process import StartError, Workerd
from local.runtime.services import COMPATIBILITY_DATE, SYSTEM, system_modules
from local.runtime.supervisor import listen
from local.runtime.workers import MODULE_KINDS, wrapper

DESCRIBE = SYSTEM / "probe" / "describe.mjs"
ENTRYPOINT = "LocalProbe"
LOADER_KINDS = {"esModule": "js", "commonJsModule": "cjs", "text": "text", "json": "json"}
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
        found = {
            worker.name: _checked(answer, worker, is_timed=worker.name == timed)
            for worker in cloud.workers
        }
        for worker in cloud.workers:
            _need_classes(worker, found[worker.name])
        return found

    @contextmanager
    def _directory(self) -> Iterator[Path]:
        root = Path(tempfile.mkdtemp(prefix="trial-", dir=self.scratch))
        try:
            yield root
        finally:
            shutil.rmtree(root, ignore_errors=True)

    async def _run(self, cloud: Cloud, timed: str | None, layout: Layout) -> Json:
        layout.create()
        text = write(cloud, self.account, layout, layout.config, _variant(cloud, timed))
        layout.config.touch(mode=PRIVATE)
        layout.config.write_text(text, encoding="utf-8")
        began = time.monotonic()
        with listen("127.0.0.1", 0) as held:
            try:
                process = await Workerd.start(
                    self.binary, layout.config, {"probe": held}, lambda _: None
                )
            except StartError as error:
                raise RefusedError(said_of_workers(str(error))) from error
            started = time.monotonic() - began
            try:
                answer = await _ask(held.getsockname()[1])
            finally:
                await process.kill()
        answer["process_ms"] = started * 1000
        return answer


async def _ask(port: int) -> Json:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        response = await client.get(f"http://127.0.0.1:{port}/")
    if response.status_code != httpx.codes.OK:
        raise RefusedError(f"the test start answered {response.status_code}: {response.text}")
    answer: Json = response.json()
    return answer


def _variant(cloud: Cloud, timed: str | None) -> Variant:
    describe = DESCRIBE.read_text(encoding="utf-8")
    return Variant(
        crons=False,
        sockets=({"name": "probe", "http": {}, "service": designator("system:probe")},),
        extra_services=(_probe_service(cloud, timed),),
        first_modules={worker.name: wrapper(worker, describe) for worker in cloud.workers},
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
    body = {
        "modules": [each for each in system_modules("probe") if each["name"] == "index.mjs"],
        "compatibilityDate": COMPATIBILITY_DATE,
        "bindings": [
            {"name": "WORKERS", "json": json.dumps(names)},
            {"name": "LOADER", "workerLoader": {"id": "startup"}},
            *targets,
            *_timing(chosen),
        ],
    }
    return {"name": "system:probe", "worker": body}


def _timing(worker: Worker | None) -> list[Json]:
    """Hand the sources of *worker* to the loader that times its start."""
    modules = worker.modules if worker else ()
    kinds = [MODULE_KINDS.get(module.content_type, "") for module in modules]
    if worker is None or not all(kind in LOADER_KINDS for kind in kinds):
        return [{"name": "MODULES", "json": "null"}]
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
        {"name": "MODULES", "json": json.dumps(listed)},
        {"name": "MAIN", "json": json.dumps(worker.main_module)},
        {"name": "COMPATIBILITY", "json": json.dumps(compatibility)},
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


def said_of_workers(message: str) -> str:
    """Take workerd's errors, with its names for services back to the user's."""
    lines = (line for line in message.splitlines() if '"system:probe"' not in line)
    return "\n".join(lines).replace("service worker:", "worker ").replace('"worker:', '"')
