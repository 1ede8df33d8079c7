"""The data plane of the local Cloudflare: a `Cloud`, running."""

import json
import shutil
import time
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from socket import socket

import httpx

from common.files import PRIVATE_FOLDER
from common.json_types import Json
from common.locks import FileLock, HeldError
from local.records.model import Checked, Cloud, RefusedError, S3Credentials, Worker
from local.runtime.analytics.points import Points
from local.runtime.analytics.query import DISK
from local.runtime.assembly.registry import DISKS
from local.runtime.assembly.workers import render_binding
from local.runtime.changes import Changes
from local.runtime.configuration.bindings import Context
from local.runtime.configuration.environment import Account, Layout
from local.runtime.configuration.redaction import without_secrets
from local.runtime.configuration.source_map import places_in
from local.runtime.development_processes.development_processes import Sides
from local.runtime.development_processes.lease import Lease
from local.runtime.errors import DirectoryInUseError, StartError
from local.runtime.objects.faults import Fault, need_class
from local.runtime.observation import Observation
from local.runtime.probe.probe import Prober, refusal
from local.runtime.r2.lifecycle import Lifecycle
from local.runtime.serving import Serving
from local.runtime.stored_data import StoredData
from local.runtime.tails.journal import Journal
from local.runtime.tails.tail_subscriptions import EDGE, EDGE_PATH, TailSubscriptions
from local.runtime.workerd.admin_client import AdminClient
from local.runtime.workerd.host_os import workerd_binary
from local.runtime.workerd.supervisor import Supervisor, listen

PROJECT = Path(__file__).parents[2]
PUBLIC_SOCKETS = ("edge", "s3")


class Runtime(Observation, StoredData):
    """One account's data plane in one directory.

    State survives `stop`, a crash of workerd (it is started again) and `kill -9` of every process.
    Only one runtime may have a directory; a second one's `start` raises `DirectoryInUseError`.
    A port of 0 takes a free one; `edge_port` and `s3_port` say which. *look_alikes*: what of this
    machine workers reach where they ask for a host of the world; *tunnel_services*: what of it
    tunnels reach, by the address that their own machine has for it; *explorer*: where the edge
    passes requests to wrangler's Local Explorer on (`Account.explorer`).
    """

    def __init__(  # noqa: PLR0913  # each is a setting of its own
        self,
        directory: Path,
        *,
        edge_port: int,
        s3_port: int,
        account_id: str,
        s3_credentials: S3Credentials,
        host: str = "127.0.0.1",
        look_alikes: Mapping[str, str] | None = None,
        tunnel_services: Mapping[str, str] | None = None,
        explorer: Mapping[str, str] | None = None,
    ) -> None:
        self._layout = Layout.below(directory.resolve())
        key = self._layout.root / "access-key.json"
        self._account = Account(
            account_id,
            host,
            edge_port,
            s3_port,
            s3_credentials,
            key,
            dict(look_alikes or {}),
            dict(tunnel_services or {}),
            dict(explorer or {}),
        )
        self._lock = FileLock(self._layout.lock)
        self._lifecycle = Lifecycle(self._layout.lifecycle, self._apply_lifecycle)
        self._tails = TailSubscriptions(self.admin, lambda: self._cloud)
        self._requests = TailSubscriptions(self.admin, lambda: self._cloud, EDGE_PATH)
        self._lease = Lease(lambda: self.develop((), 0))
        self._started_at = 0.0

    async def start(self, cloud: Cloud) -> None:
        """Bind the sockets and serve *cloud*.

        Returns when it serves. When workerd refuses *cloud*, the edge answers 503 with the reason
        and `status()` shows it; a later `apply` can repair that.
        """
        self._layout.root.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        try:
            self._lock.acquire()
        except HeldError as held:
            raise DirectoryInUseError.of(self._layout.root, held) from held
        try:
            self._take_places()
        except BaseException:
            self._lock.release()
            raise
        self._started_at = time.time()
        await self._serve_first(cloud)
        self._lifecycle.start()

    async def stop(self) -> None:
        """End workerd, give back sockets and directory."""
        self._lease.cancel()
        await self._lifecycle.stop()
        await self._changes.cancel()
        async with self._serving.changes.writing():
            await self._sides.stop()
            await self._supervisor.stop()
        await self._tails.close()
        await self._requests.close()
        await self._admin.close()
        self._journal.close()
        self._lock.release()

    async def check(self, worker: Worker, cloud: Cloud) -> Checked:
        """Start *worker* among the others of *cloud*, with empty state, aside from what serves.

        One in development is served at once, where nothing but its code is new: `apply` follows,
        with it or without it. Raises `RefusedError` with the compiler's message.
        """
        for binding in worker.bindings:
            render_binding(binding, Context(worker, cloud.with_worker(worker)))
        return await self._changes.check(worker, cloud)

    async def apply(self, cloud: Cloud) -> None:
        """Serve *cloud*; returns once it does. Calls that come close together are one change.

        Raises `RefusedError` when it cannot be served; what served before then serves on.
        """
        await self._changes.apply(cloud)

    async def develop(self, workers: Collection[str], seconds: float) -> Json:
        """Run *workers*, with those bound to them, in processes of their own for *seconds*.

        A change of their code then starts them anew, and nothing else. None: all run in one process
        again. To enter and to leave starts everything anew. Returns the processes as in `status`.
        Raises `RefusedError` when a worker does not exist or cannot be served so.
        """
        self._lease.cancel()
        await self._changes.develop(frozenset(workers))
        if workers:
            self._lease.renew(seconds)
        return {"development": self._sides.status()}

    async def admin(
        self,
        method: str,
        path: str,
        *,
        content: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask the private admin worker; its paths stand in the kinds' `admin.mjs`.

        Waits for a change or a restart in progress. Raises `NotServingError` when nothing healthy
        runs.
        """
        await self._supervisor.healthy()
        await self._serving.complete(path)
        async with self._serving.changes.reading():
            return await self._admin.request(
                method, path, content=content, headers=headers, params=params
            )

    async def probe(self, check: Json) -> Json:
        """Ask an origin once, as `balancers/service/prober.mjs` has it; return what was found.

        A change does not wait for the answer: it ends the check. Raises `NotServingError` when
        nothing healthy runs, `httpx.HTTPError` when the check was ended.
        """
        await self._supervisor.healthy()
        content = json.dumps(check).encode()
        answer = await self._admin.request(
            "POST", "/balancers/probe", content=content, headers=None, params=None
        )
        found: Json = answer.raise_for_status().json()
        return found

    async def run_lifecycle(self) -> Json:
        """Apply the lifecycle rules of every bucket now, by the moved clock.

        Returns `{bucket: {"deleted", "transitioned", "aborted"}}`, lists of keys.
        """
        return await self._lifecycle.run()

    async def trigger_cron(self, worker: str, cron: str) -> Json:
        """Run the `scheduled` handler of *worker* as if *cron* had fired; return its outcome.

        Raises `RefusedError` when there is no such worker.
        """
        response = await self.admin("POST", f"/cron/{worker}", params={"cron": cron})
        answer: Json = response.json()
        if response.is_error:
            raise RefusedError(str(answer["error"]["message"]))
        return answer

    def set_clock(self, offset_seconds: float) -> None:
        """Move the "now" of lifecycle rules and health checks against real time."""
        self._lifecycle.offset = offset_seconds

    async def set_faults(self, faults: list[Json]) -> None:
        """Make Durable Object classes unreachable: `[{"worker", "durable_object"}]`; `[]` heals.

        Raises `RefusedError` when one of them does not exist.
        """
        chosen = tuple(Fault(each["worker"], each["durable_object"]) for each in faults)
        for fault in chosen:
            need_class(self._cloud, fault)
        await self._changes.break_down(chosen)

    def _take_places(self) -> None:
        """Find the runtime, bind the sockets, open the journal."""
        binary = workerd_binary(PROJECT)
        sockets = self._bind()
        self._layout.create(DISKS)
        self._remove_trials()
        self._journal = Journal(
            self._layout.log,
            self._account.line_key,
            self._tails.observe,
            lambda value: without_secrets(value, self._cloud),
            locate=lambda worker, text: places_in(self._cloud, worker, text),
            see=lambda request: self._requests.observe(EDGE, request),
        )
        self._supervisor = Supervisor(binary, self._layout, self._journal, PUBLIC_SOCKETS)
        self._points = Points(
            self._layout.disk(DISK), self._admin.put_json, self._supervisor.serving.is_set
        )
        self._supervisor.before_end = self._points.end
        self._supervisor.hold(sockets)
        self._sides = Sides(binary, self._layout, self._journal)
        self._serving = Serving(
            self._supervisor, self._sides, self._admin, self._account, self._layout
        )
        prober = Prober(binary, self._account, self._layout.root)
        self._changes = Changes(self._serving, self._sides, prober, self.admin)

    def _bind(self) -> dict[str, socket]:
        host = self._account.host
        edge = listen(host, self.edge_port)
        try:
            s3 = listen(host, self.s3_port)
        except OSError:
            edge.close()
            raise
        self._account = replace(
            self._account, edge_port=edge.getsockname()[1], s3_port=s3.getsockname()[1]
        )
        self._admin = AdminClient(self._layout.root)
        return {"edge": edge, "s3": s3, "admin": self._admin.socket}

    async def _serve_first(self, cloud: Cloud) -> None:
        try:
            await self._serving.begin(cloud)
        except (RefusedError, StartError) as error:
            reason = refusal(error, cloud)
            self._journal.note(reason, "error")
            await self._supervisor.fail(reason)

    async def _apply_lifecycle(self, now: int) -> Json:
        response = await self.admin("POST", "/r2/lifecycle", content=b'{"now": %d}' % now)
        answer: Json = response.raise_for_status().json()
        return answer

    def _remove_trials(self) -> None:
        """Remove what a test start left behind that was killed."""
        for left in self._layout.root.glob("trial-*"):
            shutil.rmtree(left, ignore_errors=True)
