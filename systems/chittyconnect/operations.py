"""What ChittyConnect rolls out, its three ways back (CC-13), and what it has to answer."""

from collections.abc import Iterator, Mapping

from config.system_declaration import Guarded, RolloutTrack, behind
from config.system_parts import Rollout
from planning.demand import Demand
from systems.chittyconnect.settings import ChittyConnect, SessionRollout
from systems.rotations import Rotation, SecretRotation
from systems.system import Rollback, Smoke


def _read(settings: ChittyConnect) -> Rollout:
    return settings.rollout


SESSIONS = RolloutTrack(
    path="rollout",
    what="new sessions that live in Durable Objects",
    read=_read,
    parse=SessionRollout.model_validate,
)

ROLLBACKS = {
    "durable-objects": Rollback(
        restores="New sessions are created in KV again, all of them: ENABLE_DURABLE_OBJECTS is "
        "false and DO_ROLLOUT_PERCENTAGE is 0.00.",
        cannot="Sessions that live in Durable Objects stay there until they expire: they are read "
        "and changed there but not extended, and nothing is copied back. The class and its "
        "storage stay.",
        rollout="rollout",
    ),
    "documents": Rollback(
        restores="Uploads are refused with 503 storage_disabled: ENABLE_R2_STORAGE is false.",
        cannot="Documents that are stored stay in R2, and are read and deleted as before; there "
        "is no other store that uploads could go to.",
        values={"documents.enabled": "false"},
    ),
    "credentials": Rollback(
        restores="Credentials come from the worker's own secrets again: ONEPASSWORD_CONNECT_URL "
        "is empty.",
        cannot="What 1Password Connect handed out is not taken back: rotate those credentials in "
        "1Password, and revoke the Connect token there.",
        values={"credentials.connect_url": None},
    ),
}

ROTATIONS: Mapping[str, Rotation] = {
    "connect-token": SecretRotation(
        what="the token that ChittyConnect reads 1Password Connect with",
        secret="ONEPASSWORD_CONNECT_TOKEN",  # noqa: S106 - the name of a secret
        previous="ONEPASSWORD_CONNECT_TOKEN_PREVIOUS",
        each="ONEPASSWORD_CONNECT_TOKENS",
        previous_each="ONEPASSWORD_CONNECT_TOKENS_PREVIOUS",
        members=lambda settings: settings.credentials.services,
        is_bearer=True,
        left="Revoke the token before it when nothing else uses it: op connect token delete NAME "
        '--server "ChittyOS Infrastructure".',
    ),
}


def demand(settings: ChittyConnect) -> Demand:
    """Return what it is expected to use; a request to an object comes with one to the worker."""
    expected = settings.expected
    documents = expected.uploads_month + expected.downloads_month
    return Demand(
        worker_requests_month=expected.object_requests_month + documents,
        do_requests_month=expected.object_requests_month,
        do_stored_bytes=expected.object_stored_bytes,
        r2_stored_bytes=expected.document_stored_bytes,
        r2_class_a_month=expected.uploads_month,
        r2_class_b_month=expected.downloads_month,
        kv_reads_day=expected.kv_reads_day,
        kv_writes_day=expected.kv_writes_day,
    )


SMOKE = (
    Smoke("/health", contains='"status":"healthy"', needs=("durable_objects", "credential_store")),
    Smoke("/api/v1/sessions", status=401, contains="unauthorized"),
    Smoke("/nowhere", status=404),
)
"""Healthy, closed to strangers, and honest about what it does not have."""


def guarded(settings: ChittyConnect) -> Iterator[Guarded]:
    """Yield what Access stands before."""
    return behind([settings.host], settings.access)
