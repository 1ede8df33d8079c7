"""What each worker of SuperInstance is uploaded as: its module, its variables, its objects."""

from collections.abc import Mapping
from pathlib import Path

from components.bundle import ROOT
from components.upload import Upload, prepare
from components.worker_args import WorkerArgs
from config import PlatformConfig
from config.history import load_history
from config.system_parts import Worker
from systems.superinstance.models import variable
from systems.superinstance.settings import (
    NANO_A_CENT,
    NANO_A_DOLLAR,
    Billing,
    Router,
    SessionState,
    Sync,
)
from systems.superinstance.settings import SuperInstance as Settings
from systems.workers import worker_args

WORKERS = Path(__file__).resolve().parent / "workers"

OBJECTS: Mapping[str, Mapping[str, str]] = {
    "router": {"CALLS": "CallJournal"},
    "billing": {"BILLING_LEDGER": "BillingLedger"},
    "session_state": {"SESSION_STATE": "SessionState"},
    "sync": {"SYNC_STATE": "SyncState"},
}
"""Classes of the workers, by the bindings that lead to them. Folders have the same names."""


def uploads(config: PlatformConfig, settings: Settings) -> Mapping[str, Upload]:
    """Bundle the workers, and plan the migrations of their objects; registers nothing."""
    made = {
        "router": _router(config, settings.router),
        "billing": _billing(config, settings.billing),
        "session_state": _session_state(config, settings.session_state),
        "sync": _sync(config, settings.sync),
    }
    return {name: _prepared(config, name, args) for name, args in made.items()}


def _prepared(config: PlatformConfig, name: str, args: WorkerArgs) -> Upload:
    return prepare(config.deployment.account, args, classes=list(OBJECTS[name].values()))


def _router(config: PlatformConfig, router: Router) -> WorkerArgs:
    variables = {
        "CORS_ORIGIN": ",".join(router.cors_origins),
        "MODELS": variable(router.models),
        "REQUESTS_PER_MINUTE": str(router.requests_per_minute),
        "PROVIDER_TIMEOUT_SECONDS": str(router.provider_timeout_seconds),
        "ANSWER_SECONDS": str(router.answers_kept_seconds),
        "REQUIRE_BALANCE": str(router.require_balance).lower(),
        "ANTHROPIC_URL": router.anthropic_url,
        "OPENAI_URL": router.openai_url,
        **_environment(config),
    }
    return _args(config, "router", router.worker, variables, hosts=(router.host,))


def _billing(config: PlatformConfig, billing: Billing) -> WorkerArgs:
    variables = {
        "FLUSH_AT_NANO": str(billing.flush_at_cents * NANO_A_CENT),
        "FLUSH_SECONDS": str(billing.flush_after_seconds),
        "SPENDING_BUDGET_NANO": _spending_budget(config),
        **_topups(billing),
        **_environment(config),
    }
    return _args(config, "billing", billing.worker, variables, hosts=(billing.host,))


def _spending_budget(config: PlatformConfig) -> str:
    """Return what providers may be paid a month before somebody is told; "" without a budget."""
    models = config.deployment.budgets.models
    return str(models.dollars * NANO_A_DOLLAR) if models else ""


def _topups(billing: Billing) -> Mapping[str, str]:
    topups, own = billing.topups, f"https://{billing.host}"
    return {
        "STRIPE_URL": topups.stripe_url,
        "TOPUP_SUCCESS_URL": topups.success_url or f"{own}/paid",
        "TOPUP_CANCEL_URL": topups.cancel_url or f"{own}/canceled",
        "TOPUP_LEAST_CENTS": str(topups.least_cents),
        "TOPUP_MOST_CENTS": str(topups.most_cents),
    }


def _session_state(config: PlatformConfig, settings: SessionState) -> WorkerArgs:
    variables = {
        "SESSIONS_PER_USER": str(settings.sessions_per_user),
        "MESSAGES_PER_SESSION": str(settings.messages_per_session),
        "RECALLED_MESSAGES": str(settings.recalled_messages),
    }
    return _args(config, "session_state", settings.worker, variables)


def _sync(config: PlatformConfig, sync: Sync) -> WorkerArgs:
    variables = {
        "CORS_ORIGIN": ",".join(sync.cors_origins),
        "JWT_ISSUER": sync.jwt_issuer,
        "JWT_AUDIENCE": sync.audience,
        "JWKS_URL": sync.jwks_url,
        "REQUESTS_PER_MINUTE": str(sync.requests_per_minute),
        **_environment(config),
    }
    return _args(config, "sync", sync.worker, variables, hosts=(sync.host,))


def _environment(config: PlatformConfig) -> Mapping[str, str]:
    return {"ENVIRONMENT": config.deployment.environment}


def _args(
    config: PlatformConfig,
    name: str,
    worker: Worker,
    variables: Mapping[str, str],
    hosts: tuple[str, ...] = (),
) -> WorkerArgs:
    folder = WORKERS / name
    return worker_args(
        config,
        worker,
        str((folder / "index.ts").relative_to(ROOT)),
        hosts=hosts,
        variables=variables,
        history=load_history(folder / "durable_objects.yaml"),
    )
