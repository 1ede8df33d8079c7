"""What the runtime raises, beside a worker that is refused (`RefusedError` of the model)."""

from pathlib import Path

from common.locks import HeldError


class DirectoryInUseError(Exception):
    """Another process runs on this directory."""

    @classmethod
    def of(cls, directory: Path, held: HeldError) -> "DirectoryInUseError":
        """Make the error for the lock of *directory*."""
        return cls(f"{directory} is in use by process {held.holder}; stop that one first")


class NoWorkerdError(Exception):
    """The Workers runtime is not installed or does not exist for this machine."""


class NotServingError(Exception):
    """There is no healthy workerd to ask."""


class StartError(Exception):
    """workerd refused its configuration; the message is workerd's."""
