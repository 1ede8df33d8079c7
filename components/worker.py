"""Workers: the bundle, what it is given, and where it answers."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.args import Bindable, Binding
from components.bundle import MODULE
from components.dataset import Dataset
from components.durable_object import DurableObject, declared, migrations
from components.sdk import cloudflare
from components.upload import Upload
from components.worker_args import Attachments, Host, Limits, Observability, Route, WorkerArgs
from planning.refusals import RefusedError


class Worker(pulumi.ComponentResource):
    """A worker, bundled from TypeScript and live at once.

    Children: the script under the name of the component, `<name>-subdomain` (workers.dev off) and
    `<name>-cron` always (a schedule has no delete: an empty list is how it leaves), then
    `<name>-<host>` and `<name>-<pattern>` for every host and route.
    """

    script_name: pulumi.Output[str]
    """Name of the script, known once it is uploaded."""

    def __init__(
        self,
        name: str,
        upload: Upload,
        *,
        account_id: str,
        bindings: Mapping[str, Bindable],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        args = upload.args
        bindings = _with_datasets(args.datasets, bindings)
        _check_names(args.variables, bindings)
        super().__init__("chittyos:cloudflare:Worker", name, _shown(args, bindings), opts)
        self._account_id = account_id
        script = cloudflare.WorkersScript(
            name,
            account_id=account_id,
            script_name=args.script,
            main_module=MODULE,
            content_file=upload.module.path,
            content_sha256=upload.module.sha256,
            compatibility_date=args.compatibility_date,
            compatibility_flags=sorted(args.compatibility_flags),
            bindings=_bindings(args.variables, bindings),
            migrations=migrations(upload.pending),
            limits=_limits(args.limits),
            placement={"mode": args.placement} if args.placement else None,
            observability=_observability(args.observability),
            logpush=False,
            opts=self._script_options(args, bindings),
        )
        self.script_name = script.script_name
        self._attach(name, args.attachments)
        self.register_outputs({"scriptName": self.script_name})

    def _script_options(
        self, args: WorkerArgs, bindings: Mapping[str, Bindable]
    ) -> pulumi.ResourceOptions:
        keeps = bool(args.history) and args.retain
        ready = [resource for bound in bindings.values() for resource in bound.ready]
        return pulumi.ResourceOptions(
            parent=self, protect=keeps, retain_on_delete=keeps, depends_on=ready
        )

    def _attach(self, name: str, attachments: Attachments) -> None:
        child = pulumi.ResourceOptions(parent=self)
        cloudflare.WorkersScriptSubdomain(
            f"{name}-subdomain",
            account_id=self._account_id,
            script_name=self.script_name,
            enabled=False,
            previews_enabled=False,
            opts=child,
        )
        cloudflare.WorkersCronTrigger(
            f"{name}-cron",
            account_id=self._account_id,
            script_name=self.script_name,
            schedules=[{"cron": cron} for cron in attachments.crons],
            opts=child,
        )
        for host in attachments.hosts:
            self._answer_at(name, host)
        for route in attachments.routes:
            self._answer_to(name, route)

    def _answer_at(self, name: str, host: Host) -> None:
        cloudflare.WorkersCustomDomain(
            f"{name}-{host.name}",
            account_id=self._account_id,
            hostname=host.name,
            zone_id=host.zone_id,
            service=self.script_name,
            # Every change replaces, and two of one host cannot stand side by side.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _answer_to(self, name: str, route: Route) -> None:
        cloudflare.WorkersRoute(
            f"{name}-{route.pattern}",
            zone_id=route.zone_id,
            pattern=route.pattern,
            script=self.script_name,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _with_datasets(
    datasets: Mapping[str, str], bindings: Mapping[str, Bindable]
) -> Mapping[str, Bindable]:
    """Add *datasets*; refused is the name of another binding."""
    if taken := sorted(datasets.keys() & bindings.keys()):
        raise RefusedError(f"{', '.join(taken)}: named as a dataset and as another binding")
    return {**bindings, **{name: Dataset(dataset) for name, dataset in datasets.items()}}


def _check_names(variables: Mapping[str, str], bindings: Mapping[str, Bindable]) -> None:
    """Refuse a name that is a variable and something else: a worker can have one of them."""
    if taken := sorted(variables.keys() & bindings.keys()):
        raise RefusedError(
            f"{', '.join(taken)}: named as a variable and as a binding; rename one of the two"
        )


def _bindings(variables: Mapping[str, str], bindings: Mapping[str, Bindable]) -> list[Binding]:
    """Give every binding, sorted by name: the provider compares lists in order."""
    made: dict[str, Binding] = {name: bound.binding(name) for name, bound in bindings.items()}
    for name, text in variables.items():
        made[name] = {"name": name, "type": "plain_text", "text": text}
    return [made[name] for name in sorted(made)]


def _shown(args: WorkerArgs, bindings: Mapping[str, Bindable]) -> dict[str, Any]:
    """Say what a review needs: one secret makes the script's own list of bindings unreadable."""
    return {
        **args.model_dump(exclude={"history"}),
        "bindings": [_kind(name, bound) for name, bound in sorted(bindings.items())],
        "migrations": declared(args.history),
    }


def _kind(name: str, bound: Bindable) -> dict[str, Any]:
    """Name and kind of a binding; of its values only the class, for the others are live."""
    made = bound.binding(name)
    kind = {"name": name, "type": made["type"]}
    return {**kind, "className": bound.class_name} if isinstance(bound, DurableObject) else kind


def _limits(args: Limits) -> cloudflare.WorkersScriptLimitsArgsDict | None:
    limits: cloudflare.WorkersScriptLimitsArgsDict = {}
    if args.cpu_ms is not None:
        limits["cpu_ms"] = args.cpu_ms
    if args.subrequests is not None:
        limits["subrequests"] = args.subrequests
    return limits or None


def _observability(args: Observability) -> cloudflare.WorkersScriptObservabilityArgsDict:
    return {
        "enabled": True,
        "head_sampling_rate": args.sampling,
        "logs": {
            "enabled": True,
            "invocation_logs": True,
            "head_sampling_rate": args.sampling,
            "persist": True,
        },
        "traces": {"enabled": args.traces, "head_sampling_rate": args.sampling, "persist": True},
    }
