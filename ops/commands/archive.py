"""`archive`: the logs of a stack kept for longer than Cloudflare keeps them, redacted (FW-10)."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ops.cloudflare_api.account import Account
from ops.commands.options import StackName
from ops.errors import OpsError
from ops.monitoring.error_groups import scripts_of
from ops.monitoring.error_logs import telemetry_of
from ops.monitoring.log_archive import BucketSink, FolderSink, Sink, Source, archive, past_hours
from ops.monitoring.workers_logs import KEPT, KEPT_DAYS
from ops.paths import Paths
from ops.stack import effective_config, state
from ops.stack.session import Session, check_api, open_to_read
from ops.terminal import console

DAY = 24
LOOKS_BACK = min(KEPT.values()) * DAY - 1
"""Hours that every plan keeps: a run that failed is made good by the next ones."""

BUCKET = re.compile(r"r2://(?P<bucket>[a-z0-9][a-z0-9-]{1,61}[a-z0-9])(?:/(?P<prefix>[\w./-]*))?")

To = Annotated[
    str,
    typer.Option("--to", metavar="SINK", help="r2://BUCKET/PREFIX of the account, or a folder."),
]
Hours = Annotated[
    int, typer.Option("--hours", min=1, max=KEPT_DAYS * DAY - 1, help="How far to look back.")
]


def archive_logs(stack: StackName, *, to: To, hours: Hours = LOOKS_BACK) -> None:
    """Write the logs of STACK, redacted, to a bucket or a folder: a file for each past hour.

    An hour is written half an hour after it is over; one that is there is left as it is.
    Exit code 4: the logs could not be read.
    """
    session = open_to_read(Paths(), stack)
    check_api(session.target)
    _check_hours(session, hours)
    workers = scripts_of(state.resources(session))
    if not workers:
        raise OpsError(f"{stack} has no workers, and no logs; run python -m ops up {stack} first")
    sink = _sink(session, to)
    source = Source(telemetry_of(session.target), workers, stack)
    windows = past_hours(hours, datetime.now(UTC))
    with console.errors.status("reading the logs") as shown:
        done = list(archive(source, sink, windows, shown.update))
    written = [each.events for each in done if each.events is not None]
    there = len(done) - len(written)
    console.out.print(
        escape(f"{to}: {len(written)} hours written, {sum(written):,} events; {there} were there")
    )


def _check_hours(session: Session, hours: int) -> None:
    """Refuse hours that are gone: each would be noted as one in which nothing happened."""
    plan = effective_config.check(session.paths, session.target, secrets_later=True).deployment.plan
    most = KEPT[plan] * DAY - 1
    if hours > most:
        raise OpsError(
            f"--hours {hours}: on the plan {plan} Cloudflare keeps logs for {KEPT[plan]} days; "
            f"give {most} at most"
        )


def _sink(session: Session, to: str) -> Sink:
    """Return where files go. Raises `OpsError` for a bucket that anybody may read."""
    if to.strip() and "://" not in to:
        return FolderSink(Path(to).absolute())
    named = BUCKET.fullmatch(to)
    if named is None:
        raise OpsError(f"--to {to!r} is no sink; write r2://BUCKET/PREFIX, or name a folder")
    from ops.backup import s3  # noqa: PLC0415 - boto3 takes a while

    target = session.target
    account = Account(target.api, target.account, telemetry_of(target).token)
    try:
        if hosts := _open_at(account, named["bucket"]):
            said = f"{to} is in a bucket that anybody may read, at {', '.join(hosts)}"
            raise OpsError(f"{said}; name another")
        client = s3.client(session.paths, target, account)
    finally:
        account.close()
    return BucketSink(client, named["bucket"], (named["prefix"] or "").strip("/"))


def _open_at(account: Account, bucket: str) -> list[str]:
    """Return the hosts at which anybody may read *bucket*: Cloudflare's own, and of zones."""
    path = f"/r2/buckets/{bucket}/domains"
    custom = account.result("GET", f"{path}/custom").get("domains") or []
    domains = [account.result("GET", f"{path}/managed"), *custom]
    return [str(each.get("domain")) for each in domains if each.get("enabled")]
