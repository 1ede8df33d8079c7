"""Every command by its name; `--help` shows what each docstring says."""

import typer

from ops.commands import (
    adopt,
    all_secrets,
    archive,
    audit,
    backup,
    check,
    cost,
    deploy,
    dev,
    doctor,
    drift,
    ecosystem,
    errors,
    figures,
    hardcoded_ids,
    history,
    init,
    keys,
    load,
    local,
    preview,
    reap,
    releases,
    rollback,
    rollout,
    rotate,
    secret,
    service_token,
    split,
    stack_map,
    stacks,
    state,
    state_moves,
    token_policy,
    tokens,
    usage,
    usage_import,
    verify,
)

app = typer.Typer(
    help="Commands of the platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(name="up")(deploy.up)
app.command(name="secrets")(all_secrets.secrets)
app.command(name="init")(init.init)
app.command(name="dev")(dev.dev)
app.command(name="adopt")(adopt.adopt)
app.command(name="doctor")(doctor.doctor)
app.command(name="preview")(preview.preview)
app.command(name="stacks")(stacks.stacks)
app.command(name="split")(split.split)
app.command(name="refresh")(deploy.refresh)
app.command(name="drift")(drift.drift)
app.command(name="destroy")(deploy.destroy)
app.command(name="reap")(reap.reap)
app.command(name="env")(local.env)
app.command(name="verify")(verify.verify)
app.command(name="start")(local.start)
app.command(name="reset")(local.reset)
app.command(name="comment")(preview.comment)
app.command(name="archive")(archive.archive_logs)
app.command(name="audit")(audit.audit)
app.command(name="errors")(errors.errors)
app.command(name="ecosystem")(ecosystem.ecosystem)
app.command(name="hardcoded-ids")(hardcoded_ids.hardcoded_ids)
app.command(name="backup")(backup.backup)
app.command(name="restore")(backup.restore)
app.command(name="cost")(cost.cost)
app.command(name="load")(load.load)
app.command(name="map")(stack_map.stack_map)
app.command(name="token-policy")(token_policy.token_policy)
app.command(name="dashboard")(figures.dashboard)
app.command(name="kpis")(figures.kpi)
app.command(name="usage")(usage.usage)
app.command(name="import")(usage_import.import_usage)
app.command(name="releases")(releases.releases)
app.command(name="rollback")(rollback.rollback)
app.command(name="rollout")(rollout.rollout)
app.command(name="rotate")(rotate.rotate)
app.add_typer(check.app, name="check")
app.add_typer(keys.app, name="keys")
app.add_typer(tokens.app, name="token")
app.add_typer(secret.app, name="secret")
app.add_typer(service_token.app, name="service-token")
app.add_typer(history.app, name="history")
app.add_typer(state.app, name="state")
state.app.command()(state_moves.migrate)
state.app.command()(state_moves.forget)
