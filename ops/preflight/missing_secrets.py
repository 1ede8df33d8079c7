"""Which secrets a stack lacks, by their names, as its models and its settings ask for them."""

from dataclasses import dataclass

from config import ConfigError
from config.reading.blocks import describe
from ops.paths import Paths
from ops.preflight.verdicts import State, Verdict
from ops.stack import effective_config
from ops.stack.ephemeral import completed
from ops.stack.systems import secrets_of
from ops.stack.target import Target

SUBJECT = "secrets"


@dataclass(frozen=True)
class Missing:
    """A secret that has to be set."""

    namespace: str
    name: str
    what: str
    """What it is, from its model."""

    @property
    def key(self) -> str:
        """Its key in the configuration."""
        return f"{self.namespace}:{self.name}"

    def __str__(self) -> str:
        return f"{self.namespace}.{self.name}"


def missing(paths: Paths, target: Target) -> list[Missing]:
    """Return the secrets that *target* lacks, in the order of its systems.

    Raises `ConfigError` for a configuration that is wrong beside them.
    """
    asked = effective_config.secret_keys(target, required=True) - target.config.keys()
    if target.local:
        return []  # they are made by `ops up`
    asked |= _asked_by_settings(paths, target) - target.config.keys()
    return [
        Missing(namespace, name, describe(model, [name]).strip())
        for namespace, model in secrets_of(target).items()
        for name in model.model_fields
        if f"{namespace}:{name}" in asked
    ]


def judge(lacking: list[Missing], stack: str) -> Verdict:
    """Say which secrets are missing."""
    if not lacking:
        return Verdict(SUBJECT, State.GOOD, "each that it needs is set; values are checked by `up`")
    said = f"{len(lacking)} are missing: {', '.join(map(str, lacking))}"
    return Verdict(SUBJECT, State.FAULT, said, f"python -m ops secrets {stack}")


def _asked_by_settings(paths: Paths, target: Target) -> set[str]:
    """Return keys of secrets that only some settings need."""
    known = effective_config.secret_keys(target)
    try:
        effective_config.check(paths, completed(target))
    except ConfigError as error:
        return {problem.path for problem in error.problems} & known
    return set()
