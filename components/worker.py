"""Workers: the bundle, what it is given, and where it answers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi

from components.access_application import Application, Gate
from components.attachments import attach
from components.binding import Bindable, Binding
from components.bundle import MODULE
from components.dataset import Dataset
from components.durable_object import DurableObject, declared, migrations
from components.sdk import cloudflare
from components.upload import Upload
from components.version_metadata import VersionMetadata
from components.worker_args import Limits, Observability, WorkerArgs
from components.worker_id import worker_id
from planning.refusals import RefusedError

_Uploaded = tuple[pulumi.Output[str], Callable[[], pulumi.Output[str]]]
"""Name of a script, and how the id is found by which Access knows its worker."""


class Worker(pulumi.ComponentResource):
    """A worker, bundled from TypeScript: a script that is live at once, or versions of one.

    Children: the script under the name of the component and `<name>-subdomain` (workers.dev off);
    by versions the worker under that name, `<name>-version` and, without objects of its own,
    `<name>-deployment`. Then `<name>-access-<gate>` for what Access asks, and after that what
    `attach` adds: nothing is open before it is guarded. A script is of one model, never of both.
    """

    script_name: pulumi.Output[str]
    """Name of the script, known once it is uploaded."""

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self,
        name: str,
        upload: Upload,
        *,
        account_id: str,
        bindings: Mapping[str, Bindable],
        gates: Sequence[Gate] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        args = upload.args
        bindings = _with_own(args, bindings)
        _check_names(args.variables, bindings)
        super().__init__("chittyos:cloudflare:Worker", name, _shown(args, bindings), opts)
        self._account_id = account_id
        options = self._script_options(args, bindings)
        given = _bindings(args.variables, bindings)
        make = self._versions if upload.by_versions else self._script
        self.script_name, own_id = make(name, upload, given, options)
        guards = [self._guard(name, gate, own_id) for gate in gates]
        attach(
            self,
            name,
            args.attachments,
            account_id=account_id,
            script=self.script_name,
            guards=guards,
        )
        self.register_outputs({"scriptName": self.script_name})

    def _versions(
        self, name: str, upload: Upload, bindings: list[Binding], opts: pulumi.ResourceOptions
    ) -> _Uploaded:
        # Only who has versions pays for loading what of the SDK they are made of.
        from components import versions  # noqa: PLC0415

        made = versions.make(versions.Place(self, name, self._account_id), upload, bindings, opts)
        return made.script_name, lambda: made.worker.id

    def _script(
        self, name: str, upload: Upload, bindings: list[Binding], opts: pulumi.ResourceOptions
    ) -> _Uploaded:
        args = upload.args
        script = cloudflare.WorkersScript(
            name,
            account_id=self._account_id,
            script_name=args.script,
            main_module=MODULE,
            content_file=upload.module.path,
            content_sha256=upload.module.sha256,
            compatibility_date=args.compatibility_date,
            compatibility_flags=sorted(args.compatibility_flags),
            bindings=bindings,
            migrations=migrations(upload.pending),
            limits=_limits(args.limits),
            placement={"mode": args.placement} if args.placement else None,
            observability=_observability(args.observability),
            logpush=False,
            opts=opts,
        )
        cloudflare.WorkersScriptSubdomain(
            f"{name}-subdomain",
            account_id=self._account_id,
            script_name=script.script_name,
            enabled=False,
            previews_enabled=False,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return script.script_name, lambda: worker_id(script, self._account_id, self)

    def _guard(
        self, name: str, gate: Gate, own_id: Callable[[], pulumi.Output[str]]
    ) -> pulumi.Resource:
        """Put Access before the worker, or before places of its hosts."""
        made = Application(
            f"{name}-access-{gate.name}",
            gate.args,
            account_id=self._account_id,
            policy_ids=gate.policy_ids,
            worker_id=own_id() if gate.guards_all else None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        return made.application

    def _script_options(
        self, args: WorkerArgs, bindings: Mapping[str, Bindable]
    ) -> pulumi.ResourceOptions:
        keeps = bool(args.history) and args.retain
        ready = [resource for bound in bindings.values() for resource in bound.ready]
        return pulumi.ResourceOptions(
            parent=self, protect=keeps, retain_on_delete=keeps, depends_on=ready
        )


def _with_own(args: WorkerArgs, bindings: Mapping[str, Bindable]) -> Mapping[str, Bindable]:
    """Add datasets and version of the worker; refused is the name of another binding."""
    datasets = {name: Dataset(dataset) for name, dataset in args.datasets.items()}
    version = {args.version_metadata: VersionMetadata()} if args.version_metadata else {}
    return _joined(_joined(bindings, datasets, "a dataset"), version, "the version of the worker")


def _joined(
    bindings: Mapping[str, Bindable], own: Mapping[str, Bindable], what: str
) -> Mapping[str, Bindable]:
    if taken := sorted(own.keys() & bindings.keys()):
        raise RefusedError(f"{', '.join(taken)}: named as {what} and as another binding")
    return {**bindings, **own}


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
        **args.model_dump(exclude={"history"} | args.left_out()),
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
