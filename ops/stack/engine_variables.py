"""Variables by which a shell would steer the engine past what a command does.

Every flag of the engine has one, `PULUMI_OPTION_<FLAG>`: so each is taken away that is not known to
be harmless. What a plan showed is what an `up` does, whatever a shell has exported.
"""

from collections.abc import Collection

OPTION = "PULUMI_OPTION_"

HARMLESS = frozenset(
    OPTION + flag
    for flag in (
        *("COLOR", "EMOJI", "LOGFLOW", "LOGTOSTDERR"),
        *("MESSAGE", "PARALLEL", "TRACING", "VERBOSE"),
    )
)
"""Flags about speed, logs and looks; they change nothing of what is done."""

UNSAFE = frozenset(
    f"PULUMI_{name}"
    for name in (
        "CLOUD_SECRET_OVERRIDE",  # other keys for the secrets of the state
        "CONTINUE_ON_ERROR",  # goes on after a failed step
        "DEBUG_LANGUAGES",  # another program than this one
        "DEBUG_PROVIDERS",  # another plugin than the one that is named
        "DISABLE_OUTPUT_VALUES",  # secrets and unknown values lose their marks
        "DISABLE_PROVIDER_PREVIEW",  # plans without asking the plugin
        "DISABLE_RESOURCE_REFERENCES",  # state of another form
        "DISABLE_VALIDATION",  # takes names that it would refuse
        "DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS",  # no copy of the state before
        "DISABLE_CHECKPOINT_BACKUPS",  # the same, by its old name
        "SELF_MANAGED_STATE_DISABLE_CHECKPOINT_BACKUPS",  # and by its new one
        "ENABLE_LEGACY_DIFF",  # other plans than the plugin's
        "ENABLE_LEGACY_REFRESH_DIFF",  # a refresh that hides what is gone
        "EXPERIMENTAL",  # opens what is not finished, SKIP_CHECKPOINTS among it
        "LEGACY_PROVIDER_PREVIEW",  # plans without unknown values
        "RUN_PROGRAM",  # runs the program in a refresh and a destroy
        "SKIP_CHECKPOINTS",  # a killed run forgets what it made
        "SKIP_CONFIRMATIONS",  # answers every question with yes
    )
)


OWN = frozenset(OPTION + flag for flag in ("CONFIG_FILE", "POLICY_PACK", "POLICY_PACK_CONFIG"))
"""What `ops env` sets itself; in a shell that evaluated it they are nobody's wish."""


def unsafe(names: Collection[str]) -> tuple[str, ...]:
    """Return those of *names*, variables of a shell, that no command takes over; sorted."""
    flags = {name for name in names if name.startswith(OPTION)} - HARMLESS
    return tuple(sorted(flags | UNSAFE.intersection(names)))


def foreign(names: Collection[str]) -> tuple[str, ...]:
    """Return those of *names* that somebody has set to steer the engine; sorted."""
    return tuple(name for name in unsafe(names) if name not in OWN)
