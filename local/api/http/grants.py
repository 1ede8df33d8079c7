"""What the token of a request may do, where the path alone does not say what it asks for."""

from local.api.errors import ApiError
from local.api.http.call import Call
from planning.permission_groups import OF_PHASE, Right, Scope, family
from planning.token_policies import allows


def may(call: Call, name: str, scope: Scope, right: Right, place: str = "") -> bool:
    """Return whether the token of *call* may do *right* of the permission *name*.

    *place*: id of the account or the zone. Default: that of the path. The local Cloudflare's own
    token may do everything.
    """
    if call.token is None:
        return True
    account = call.state.account.id
    where = place or call.params.get("zone_id" if scope == "zone" else "account_id", account)
    return allows(call.token["policies"], family(name, scope), right, account, where)


def need(call: Call, name: str, scope: Scope, right: Right) -> None:
    """Refuse *call* unless its token may do *right* of the permission *name*."""
    if not may(call, name, scope, right):
        raise unauthorized()


def reads_phase(call: Call, phase: str) -> bool:
    """Return whether the token of *call* may read the rules of *phase*."""
    if call.token is None:
        return True
    return phase in OF_PHASE and may(call, OF_PHASE[phase], "zone", "Read")


def need_phase(call: Call, phase: str) -> None:
    """Refuse *call* unless its token may read, or change, the rules of *phase*.

    Phases that no permission of the list is for are open to the local Cloudflare's own token.
    """
    if call.token is None:
        return
    right: Right = "Read" if call.request.method == "GET" else "Write"
    if phase not in OF_PHASE or not may(call, OF_PHASE[phase], "zone", right):
        raise unauthorized("request is not authorized")


def unauthorized(message: str = "Authentication error") -> ApiError:
    """Make the answer to a token that lacks a permission."""
    return ApiError(403, 10000, message)
