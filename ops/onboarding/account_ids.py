"""Ids of an account and its zones, looked up by the names that people know."""

from collections.abc import Iterable

from ops.cloudflare_api.answer import Answer
from ops.cloudflare_api.client import Client
from ops.errors import OpsError

PAGE = {"per_page": "50"}


def accounts(api: Client) -> dict[str, str]:
    """Return name by id of the accounts that the token is shown.

    Raises `OpsError` when it is shown none.
    """
    found = _listed(api.get("/accounts", PAGE))
    if not found:
        raise OpsError(
            "the token is shown no account; give its id by --account: the dashboard shows it in "
            "the menu of the account, under 'Copy account ID'"
        )
    return {str(each["id"]): str(each.get("name")) for each in found}


def zone_ids(api: Client, account: str, names: Iterable[str]) -> dict[str, str]:
    """Return id by name of the zones *names* in *account*.

    Raises `OpsError` with the zones that there are when one of them is not there.
    """
    found = {name: _zone(api, account, name) for name in names}
    missing = [name for name, identifier in found.items() if identifier is None]
    if missing:
        others = [str(each["name"]) for each in _listed(api.get("/zones", _of(account)))]
        raise OpsError(
            f"account {account} shows the token no zone {', '.join(missing)}; "
            f"it shows: {', '.join(others) or 'none'}; give one of them by --zone, or the token "
            f"Zone Read for it"
        )
    return {name: identifier for name, identifier in found.items() if identifier}


def _zone(api: Client, account: str, name: str) -> str | None:
    found = _listed(api.get("/zones", {**_of(account), "name": name}))
    return next((str(each["id"]) for each in found if each.get("name") == name), None)


def _of(account: str) -> dict[str, str]:
    return {**PAGE, "account.id": account}


def _listed(answer: Answer) -> list[dict[str, object]]:
    if answer.silent:
        raise OpsError(
            f"the API does not say which accounts and zones there are ({answer.reason}); run the "
            f"same command again, or give ids by --account and --zone NAME=ID"
        )
    if not answer.good:
        raise OpsError(
            f"CLOUDFLARE_API_TOKEN is refused ({answer.reason}); give ids by --account and "
            f"--zone NAME=ID, or see python -m ops token-policy"
        )
    result = answer.result if isinstance(answer.result, list) else []
    return [each for each in result if isinstance(each, dict)]
