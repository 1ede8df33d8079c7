"""What of a stack its token may do: by its policies, else by harmless reads (FW-11)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, auto

from ops.cloudflare_api.client import Client
from ops.preflight.deploy_token import Token
from ops.preflight.verdicts import State, Verdict
from planning.token_needs import Need, covers

SUBJECT = "permissions"

NOT_FOUND = 404
"""How what is not there is answered, to whoever may read it: a phase without a ruleset."""


class Has(Enum):
    """What is known of one permission."""

    GIVEN = auto()
    LACKING = auto()
    READS = auto()
    """It may read; whether it may write is not known."""

    UNKNOWN = auto()


Ask = Callable[[Need], Has]


def judge(
    api: Client, token: Token, needs: Sequence[Need], stack: str, account: str
) -> list[Verdict]:
    """Say of all *needs* whether the token has them, those that it lacks first."""
    ask = _by_policies(token, account) if token.policies is not None else _by_probes(api)
    known = {need: ask(need) for need in needs}
    return [*_lacking(known, stack), *_given(known), *_not_known(known, stack)]


def _by_policies(token: Token, account: str) -> Ask:
    policies = list(token.policies or ())
    return lambda need: Has.GIVEN if covers(policies, need, account) else Has.LACKING


def _by_probes(api: Client) -> Ask:
    """Ask by one read for each family and place, however many resources need it."""

    def ask(need: Need) -> Has:
        if need.family.probe is None:
            return Has.UNKNOWN
        answer = api.get(_place(need) + need.family.probe, {"per_page": "5"})
        if answer.forbidden:
            return Has.LACKING
        reads = answer.good or answer.status == NOT_FOUND
        if not reads:
            return Has.UNKNOWN
        return Has.GIVEN if need.right == "Read" else Has.READS

    return ask


def _place(need: Need) -> str:
    return f"/{need.family.scope}s/{need.place}"


def _lacking(known: dict[Need, Has], stack: str) -> Iterator[Verdict]:
    for need in _which(known, Has.LACKING):
        said = f"the token lacks {need.group} for {_of(need)}, which {', '.join(need.why)} need"
        yield Verdict(SUBJECT, State.FAULT, said, f"python -m ops token-policy {stack}")


def _given(known: dict[Need, Has]) -> Iterator[Verdict]:
    given = _which(known, Has.GIVEN)
    if given:
        said = f"{len(given)} of {len(known)} are given: {_named(given)}"
        yield Verdict(SUBJECT, State.GOOD, said)


def _not_known(known: dict[Need, Has], stack: str) -> Iterator[Verdict]:
    remedy = f"to have it read: python -m ops token-policy {stack} --self-check"
    if reads := _which(known, Has.READS):
        said = f"it may read, and whether it may write is not known, for: {_named(reads)}"
        yield Verdict(SUBJECT, State.UNKNOWN, said, remedy)
    if unknown := _which(known, Has.UNKNOWN):
        said = f"no harmless read shows whether it has: {_named(unknown)}"
        yield Verdict(SUBJECT, State.UNKNOWN, said, remedy)


def _which(known: dict[Need, Has], has: Has) -> list[Need]:
    return [need for need, found in known.items() if found is has]


def _named(needs: Iterable[Need]) -> str:
    return ", ".join(dict.fromkeys(need.group for need in needs))


def _of(need: Need) -> str:
    return f"{need.family.scope} {need.place}"
