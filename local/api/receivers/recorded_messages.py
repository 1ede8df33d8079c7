"""What look-alikes were told, without the secrets in it: it is shown and never sent on."""

from uuid import uuid4

from common.json_types import Json
from local.api.http.call import Call
from local.api.http.envelope import page
from local.api.http.routing import Family
from local.api.state.made_tokens import digest
from local.records.records import Kind, Records

KEPT = 500
SHOWN_OF_A_DIGEST = 8

family = Family("What look-alikes were told")


def sender(secret: str) -> str:
    """Return what tells one key or address from another and is neither."""
    return digest(secret)[:SHOWN_OF_A_DIGEST]


def keep(call: Call, service: str, sent_by: str, body: Json) -> None:
    """Keep what *service* took, the newest only."""
    message: Json = {
        "id": uuid4().hex,
        "service": service,
        "sender": sent_by,
        "received": call.state.now(),
        "body": body,
    }

    def edit(records: Records) -> None:
        records.put(Kind.RECEIVED, message["id"], message)
        for old in records.all(Kind.RECEIVED)[:-KEPT]:
            records.remove(Kind.RECEIVED, old["id"])

    call.state.note(edit)


@family("GET", "/local/received", note="the newest 500, the newest first; `sender` is of a digest")
async def list_received(call: Call) -> object:
    service = call.query.get("service")
    kept = reversed(call.state.records.all(Kind.RECEIVED))
    return page([each for each in kept if service in (None, each["service"])], call.query)
