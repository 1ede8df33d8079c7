"""`/local/…`: what the local Cloudflare has and Cloudflare has not. Same token as the API."""

from pydantic import Field

from common.json_types import Json
from local.api.errors import invalid_request
from local.api.http.call import Body, Call
from local.api.http.envelope import seconds, whole_number
from local.api.http.routing import Family, Operation
from local.api.state.development_scripts import developed
from local.api.workers.addresses import zone_of
from local.api.workers.scripts import find
from local.records import data_identity
from local.records.model import RefusedError
from local.records.records import Kind, Records
from planning.managed_rules import effective

family = Family("Local control")

MADE = (Kind.SCRIPT, Kind.KV_NAMESPACE, Kind.DATABASE, Kind.BUCKET, Kind.QUEUE)
"""Kinds of records that stand for what is made by itself, and not as a part of another."""


class Clock(Body):
    """How far ahead the runtime's clock is to be, in seconds."""

    offset_seconds: float


class Acknowledged(Body):
    """Disks whose loss is seen to."""

    disks: tuple[str, ...]


class Fault(Body):
    """A Durable Object class that is not to be reached."""

    worker: str
    durable_object: str


class Faults(Body):
    """All faults that hold from now on; none clears them."""

    faults: tuple[Fault, ...]


class Development(Body):
    """Workers that are to run in processes of their own, and for how many seconds."""

    workers: tuple[str, ...]
    seconds: float = Field(default=10, gt=0, le=3600)


@family("GET", "/local/status")
async def get_status(call: Call) -> Json:
    status = call.state.runtime.status()
    hosts = [domain["hostname"] for domain in call.state.records.all(Kind.DOMAIN)]
    ports = call.request.app.ports
    losses = call.state.losses()
    addresses = {host: f"http://{host}.localhost:{ports['edge']}" for host in hosts}
    return {
        "ready": status.get("ready", True),
        "ports": ports,
        "addresses": addresses,
        "reloads": status["reloads"],
        "last_error": status.get("last_error"),
        "warning": call.state.warning or losses.sentence(),
        "unfit": call.state.warning,
        "losses": losses.shown(),
        "developed": developed(call.state.records, call.state.scripts),
        "sidecars": call.state.sidecars(),
        "holds": _held(call.state.records),
        "runtime": status,
    }


@family("POST", "/local/losses")
async def acknowledge_losses(call: Call) -> Json:
    body = await call.read(Acknowledged)
    data_identity.acknowledge(call.state.records, body.disks)
    return call.state.losses().shown()


@family("PUT", "/local/development", note="ends by itself unless it is renewed in time")
async def put_development(call: Call) -> Json:
    body = await call.read(Development)
    return await _develop(call, body.workers, body.seconds)


@family("DELETE", "/local/development")
async def delete_development(call: Call) -> Json:
    return await _develop(call, (), 0)


@family("POST", "/local/clock")
async def set_clock(call: Call) -> Json:
    clock = await call.read(Clock)
    call.state.runtime.set_clock(clock.offset_seconds)
    return {"offset_seconds": clock.offset_seconds}


@family("POST", "/local/faults")
async def set_faults(call: Call) -> Json:
    faults = (await call.read(Faults)).model_dump(mode="json")["faults"]
    await call.state.runtime.set_faults(faults)
    return {"faults": faults}


@family("GET", "/local/logs")
async def get_logs(call: Call) -> list[Json]:
    limit = whole_number(call.query, "limit", 1000, most=10_000)
    moment = seconds(call.query, "since")
    worker = call.query.get("worker")
    probes = call.query.get("probes", "false") == "true"
    return call.state.runtime.logs(worker=worker, since=moment, limit=limit, probes=probes)


@family("POST", "/local/cron/{script_name}")
async def trigger_cron(call: Call) -> Json:
    name = call.params["script_name"]
    find(call.state.records, name)
    try:
        return await call.state.runtime.trigger_cron(name, call.query.get("cron", ""))
    except RefusedError as error:
        raise invalid_request(str(error)) from error


@family("POST", "/local/lifecycle")
async def run_lifecycle(call: Call) -> Json:
    return await call.state.runtime.run_lifecycle()


@family("GET", "/local/zones/{zone_id}/managed-rules")
async def get_managed_rules(call: Call) -> list[Json]:
    """Show what overrides leave of each ruleset that the zone runs: its rules are not public."""
    zone, records = zone_of(call), call.state.records
    running = [each for each in records.all(Kind.RULESET) if each["zone_id"] == zone.id]
    return [
        {"phase": each["phase"], "enabled": rule["enabled"], **effective(rule)}
        for each in running
        for rule in each["rules"]
        if rule["action"] == "execute"
    ]


@family("GET", "/local/emulated")
async def get_emulated(call: Call) -> list[Json]:
    return [support(operation) for operation in call.request.app.router.operations]


async def _develop(call: Call, workers: tuple[str, ...], seconds: float) -> Json:
    try:
        return await call.state.runtime.develop(workers, seconds)
    except RefusedError as error:
        raise invalid_request(str(error)) from error


def _held(records: Records) -> int:
    """Count what somebody made here."""
    return sum(len(records.all(kind)) for kind in MADE)


def support(operation: Operation) -> Json:
    """One line of the support table."""
    return {
        "family": operation.family,
        "method": operation.method,
        "path": operation.path.replace("...}", "}"),
        "extent": operation.extent,
        "note": operation.note,
    }
