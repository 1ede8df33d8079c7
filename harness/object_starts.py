"""How long a Durable Object takes to start: of a class that makes a table, and nothing else."""

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from common.certificates import trusted_at
from harness.figure import Figure
from harness.local_cloudflare import LocalCloudflare, local_cloudflare

OBJECTS = 40
MILLISECONDS = 1000
HOST = "probe.chitty.cc"
WORKER = """
import { DurableObject } from "cloudflare:workers";
export class Probe extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS kept (name TEXT)");
  }
  fetch() { return new Response("ok"); }
}
export default {
  fetch(request, env) {
    return env.PROBE.get(env.PROBE.idFromName(new URL(request.url).pathname)).fetch(request);
  },
};
"""


def object_starts(target: float) -> Iterator[Figure]:
    """Ask new objects, then the same again; *target* is what a start may take, in milliseconds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        local_cloudflare(Path(folder) / "cloudflare") as cloud,
    ):
        _deploy(cloud)
        url = f"http://127.0.0.1:{cloud.edge_port}/"
        with httpx.Client(headers={"Host": HOST}, timeout=30, verify=trusted_at(url)) as client:
            first = [_took(client, f"{url}{number}") for number in range(OBJECTS)]
            again = [_took(client, f"{url}{number}") for number in range(OBJECTS)]
    how = f"median of {OBJECTS} first requests to new objects, constructor and its table included"
    yield Figure("Durable Object start", statistics.median(first), "ms", how, target)
    yield Figure("Durable Object that runs", statistics.median(again), "ms", "the same, again")


def _deploy(cloud: LocalCloudflare) -> None:
    namespace = {"type": "durable_object_namespace", "name": "PROBE", "class_name": "Probe"}
    migrations = {"new_tag": "v1", "new_sqlite_classes": ["Probe"]}
    cloud.upload("probe", {"probe.mjs": WORKER}, bindings=[namespace], migrations=migrations)
    domain = {"hostname": HOST, "service": "probe", "zone_id": cloud.zone_id}
    cloud.result("PUT", cloud.account("/workers/domains"), json=domain)


def _took(client: httpx.Client, url: str) -> float:
    begun = time.perf_counter()
    client.get(url).raise_for_status()
    return (time.perf_counter() - begun) * MILLISECONDS
