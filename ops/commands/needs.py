"""What each command has to be given on a stack of an account, and what it may change.

docs/command-reference.md shows it, and a test runs every command that needs no passphrase without.
"""

from dataclasses import dataclass

NOTHING = "nothing"
ACCOUNT = "the account"
FILES = "files of this machine"
STATE = "the state"
STACK_FILE = "the file of the stack"

READS = "one that reads"
DEPLOYS = "one that deploys"
LOGS = "Workers Observability: Edit"
ANALYTICS = "Account Analytics: Read"
STORES = "Workers KV Storage: Edit"


@dataclass(frozen=True)
class Needs:
    """What a command has to be given, and what it may change with that."""

    changes: str = NOTHING

    token: str = ""
    """What `CLOUDFLARE_API_TOKEN` has to be allowed. Default: none is needed."""

    state: bool = False
    """Whether the state is read: `PULUMI_BACKEND_URL` and the keys of that place."""

    passphrase: bool = False
    """Whether secrets of the stack are: all have to be set, and what decrypts them be given."""


def _reads(token: str = "") -> Needs:
    return Needs(token=token, state=True)


def _deploys(changes: str = ACCOUNT) -> Needs:
    return Needs(changes, DEPLOYS, state=True, passphrase=True)


_WATCHES = f"{READS}; {LOGS}; {ANALYTICS}"
_SECRETS = Needs(STACK_FILE, state=True, passphrase=True)
_KEYS = Needs(ACCOUNT, STORES)
_NONE = Needs()

OF: dict[str, Needs] = {
    "init": Needs(STACK_FILE, f"{READS}, unless ids are given", state=True, passphrase=True),
    "token-policy": _NONE,
    "secrets": _SECRETS,
    "doctor": _reads("the one that is looked at"),
    "adopt": Needs(FILES, READS, state=True),
    "preview": Needs(token=READS, state=True, passphrase=True),
    "up": _deploys(),
    "verify": Needs(token=f"{READS}; {ANALYTICS}", state=True, passphrase=True),
    "rollout": _deploys(f"{ACCOUNT}, {STACK_FILE}"),
    "releases": _reads(),
    "rollback": _deploys(f"{ACCOUNT}, {STACK_FILE}"),
    "refresh": Needs(STATE, READS, state=True, passphrase=True),
    "destroy": _deploys(),
    "env": _NONE,
    "check daily": _reads(_WATCHES),
    "check weekly": _reads(_WATCHES),
    "check monthly": _reads(f"{_WATCHES}; R2: Edit for its backup"),
    "drift": Needs(f"{NOTHING}; {ACCOUNT} with `--repair`", READS, state=True, passphrase=True),
    "errors": _reads(LOGS),
    "archive": Needs(
        "the bucket or folder of `--to`", f"{LOGS}; R2: Edit for a bucket", state=True
    ),
    "dashboard": Needs(token=ANALYTICS),
    "kpis": Needs(token=ANALYTICS),
    "usage": Needs(token=ANALYTICS),
    "cost": _NONE,
    "map": Needs(FILES),
    "audit": _reads(),
    "load": Needs("what its requests write", state=True, passphrase=True),
    "ecosystem": _NONE,
    "backup": Needs(FILES, f"{READS}; R2: Edit", state=True, passphrase=True),
    "restore": _deploys(),
    "state bootstrap": Needs("the bucket", state=True),
    "state versions": _reads(),
    "state restore": Needs(STATE, state=True),
    "state unlock": Needs(STATE, state=True),
    "state migrate": Needs(STATE, state=True, passphrase=True),
    "state forget": Needs(STATE, state=True),
    "secret set": _SECRETS,
    "rotate": _deploys(f"{ACCOUNT}, {STACK_FILE}"),
    "service-token copy": _SECRETS,
    "service-token show": Needs(state=True, passphrase=True),
    "token issue": _SECRETS,
    "token revoke": _SECRETS,
    "token list": Needs(state=True, passphrase=True),
    "keys create": _KEYS,
    "keys list": Needs(token="Workers KV Storage: Read"),  # noqa: S106 - a permission
    "keys revoke": _KEYS,
    "keys limit": _KEYS,
    "import-usage": Needs("what is billed", STORES),
    "stacks": _NONE,
    "split": Needs(f"{STATE}, {STACK_FILE}", state=True, passphrase=True),
    "comment": _NONE,
    "reap": Needs("stacks `pr-<number>` of this machine"),
    "start": Needs("this machine"),
    "dev": Needs("this machine"),
    "reset": Needs("this machine"),
    "history seal": Needs("histories of Durable Objects"),
    "hardcoded-ids": _NONE,
}
"""Command → what it needs. A command that is not here fails a test."""
