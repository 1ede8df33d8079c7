"""A worker by versions: the worker, the version that is in the code, and who answers how much.

Every version stays in the account; a deployment says which of them answer. What a version leaves
out of these properties it would take from the one before, so all of them are said, empty too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.binding import Binding
from components.bundle import MODULE
from components.sdk import cloudflare
from components.upload import Upload
from components.worker_args import WorkerArgs
from planning.durable_objects import ExportState, Step, export_states
from planning.version_shares import shares

CODE = "application/javascript+module"


@dataclass(frozen=True)
class Place:
    """Where a worker stands: as children of *parent*, whose names begin with *name*."""

    parent: pulumi.Resource
    name: str
    account_id: str


@dataclass(frozen=True)
class Made:
    """What a worker by versions consists of."""

    worker: cloudflare.Worker
    version: cloudflare.WorkerVersion
    deployment: cloudflare.WorkersDeployment | None
    """`None`: the version was deployed as it was made."""

    @property
    def script_name(self) -> pulumi.Output[str]:
        """Name of the script, known at once; what uses it waits until the version serves."""
        serving = self.deployment or self.version
        return pulumi.Output.all(self.worker.name, serving.urn).apply(lambda both: str(both[0]))


def make(
    place: Place, upload: Upload, bindings: Sequence[Binding], opts: pulumi.ResourceOptions
) -> Made:
    """Register the worker, its version and, where it has no objects of its own, its deployment.

    *opts* say how the worker is kept, which owns what it stores, and what the version waits for.
    """
    worker = cloudflare.Worker(
        place.name,
        account_id=place.account_id,
        name=upload.args.script,
        logpush=False,
        observability=_observability(upload.args),
        subdomain={"enabled": False, "previews_enabled": False},
        tags=[],
        tail_consumers=[],
        opts=pulumi.ResourceOptions(
            parent=place.parent, protect=opts.protect, retain_on_delete=opts.retain_on_delete
        ),
    )
    after = pulumi.ResourceOptions(parent=place.parent, depends_on=opts.depends_on)
    version = _version(place, upload, worker, bindings, after)
    if upload.args.history:
        return Made(worker, version, None)
    deployment = cloudflare.WorkersDeployment(
        f"{place.name}-deployment",
        account_id=place.account_id,
        script_name=worker.name,
        strategy="percentage",
        versions=_shares(upload.args, version),
        opts=pulumi.ResourceOptions(parent=place.parent),
    )
    return Made(worker, version, deployment)


def _version(
    place: Place,
    upload: Upload,
    worker: cloudflare.Worker,
    bindings: Sequence[Any],
    opts: pulumi.ResourceOptions,
) -> cloudflare.WorkerVersion:
    args, module = upload.args, upload.module
    return cloudflare.WorkerVersion(
        f"{place.name}-version",
        account_id=place.account_id,
        worker_id=worker.id,
        main_module=MODULE,
        modules=[
            {
                "name": MODULE,
                "content_type": CODE,
                "content_file": module.path,
                "content_sha256": module.sha256,
            }
        ],
        compatibility_date=args.compatibility_date,
        compatibility_flags=sorted(args.compatibility_flags),
        bindings=bindings,
        limits=cloudflare.WorkerVersionLimitsArgs(**args.limits.model_dump(exclude_none=True)),
        placement={"mode": args.placement} if args.placement else None,
        usage_model="standard",
        cache_options={"enabled": False, "cross_version_cache": False},
        exports=exports(args.history) if args.history else None,
        deploy=True if args.history else None,
        opts=opts,
    )


def _shares(
    args: WorkerArgs, version: cloudflare.WorkerVersion
) -> list[cloudflare.WorkersDeploymentVersionArgsDict]:
    versions = args.versions
    if versions is None:
        return [{"version_id": version.id, "percentage": 100}]
    return [
        {
            "version_id": version.id if share.is_new else share.version,
            "percentage": share.of_hundred,
        }
        for share in shares(versions.percentage, versions.stable)
    ]


def _observability(args: WorkerArgs) -> cloudflare.WorkerObservabilityArgsDict:
    sampling, traces = args.observability.sampling, args.observability.traces
    logs: cloudflare.WorkerObservabilityLogsArgsDict = {
        "enabled": True,
        "invocation_logs": True,
        "head_sampling_rate": sampling,
        "persist": True,
    }
    return {
        "enabled": True,
        "head_sampling_rate": sampling,
        "logs": logs,
        "traces": {"enabled": traces, "head_sampling_rate": sampling, "persist": True},
    }


def exports(history: Sequence[Step]) -> dict[str, cloudflare.WorkerVersionExportsArgsDict]:
    """Declare the classes of *history* in the provider's words, those that went as well."""
    return {name: _export(state) for name, state in export_states(history).items()}


def _export(state: ExportState) -> cloudflare.WorkerVersionExportsArgsDict:
    made: cloudflare.WorkerVersionExportsArgsDict = {"type": "durable-object", "state": state.state}
    if state.state == "created":
        made["storage"] = "sqlite"
    if state.renamed_to:
        made["renamed_to"] = state.renamed_to
    return made
