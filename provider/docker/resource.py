"""What the plugin knows of a resource type: the form every type fills in."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, final

from common.json_types import Json
from provider import sdk
from provider.docker.engine import Api
from provider.property_types import Description
from provider.validation import Failure, failures

PREFIX = "docker:index/"
SUFFIX_BYTES = 4


class Resource(ABC):
    """One type. All values it is given are opened; marks are kept by who calls it."""

    name: ClassVar[str]
    """Class of the SDK: `Container`."""

    supported: ClassVar[frozenset[str]]
    """Inputs that are honoured; any other of the SDK's is refused by name."""

    in_place: ClassVar[frozenset[str]] = frozenset()
    """Inputs that can change without a new resource. Default: none."""

    defaults: ClassVar[Mapping[str, object]] = {}
    """What an input is when it is left out, where that has to be compared. Default: nothing."""

    sets: ClassVar[frozenset[str]] = frozenset()
    """Inputs whose order means nothing."""

    named: ClassVar[bool] = True
    """Whether a name is made up when none is given."""

    @property
    @final
    def token(self) -> str:
        """The type as Pulumi writes it: `docker:index/container:Container`."""
        return f"{PREFIX}{self.name[0].lower()}{self.name[1:]}:{self.name}"

    @property
    @final
    def types(self) -> Description:
        """Its properties, as the installed SDK describes them."""
        return sdk.resource(self.token)

    @final
    def failures(self, inputs: Json) -> list[Failure]:
        """Return what is wrong with *inputs*: (property path, reason)."""
        return failures(inputs, self.types.inputs) or [
            *((name, self._unsupported()) for name in sorted(self._others(inputs))),
            *self.check(inputs),
        ]

    def check(self, inputs: Json) -> list[Failure]:  # noqa: ARG002 — most types have none
        """Return what is wrong beyond types and names. Default: nothing."""
        return []

    @final
    def completed(self, inputs: Json) -> Json:
        """Return *inputs* without nulls, and with the defaults."""
        given = {name: value for name, value in inputs.items() if value is not None}
        return {**self.defaults, **given}

    def replaces(self, name: str, new: Json) -> bool:  # noqa: ARG002 — a container asks what is new
        """Return whether the change of *name* needs a new resource; *new* are all new inputs."""
        return name not in self.in_place

    @abstractmethod
    def create(self, api: Api, inputs: Json) -> str:
        """Make one of completed *inputs* and return its id; an error means that none was made."""

    def begin(self, api: Api, known: str, inputs: Json) -> None:  # noqa: B027 — most need no more
        """Do what is left to do with *known*; what fails is taken back. Default: nothing."""

    def take_back(self, api: Api, known: str, inputs: Json) -> None:
        """Remove *known*, which was made this moment. Default: as it is deleted."""
        self.delete(api, known, inputs)

    def by_hand(self, inputs: Json) -> str:
        """Return the command that removes what *inputs* made, of whom no state knows."""
        return f"docker {self.name.lower()} rm {inputs['name']}"

    def update(self, api: Api, known: str, inputs: Json) -> None:  # noqa: B027 — most types have none
        """Change *known* in place to completed *inputs*. Default: there is nothing to be told."""

    @abstractmethod
    def read(self, api: Api, known: str, properties: Json) -> Json | None:
        """Return what the engine says of the id *known*; `None` when there is none."""

    @abstractmethod
    def computed(self, answer: Json, inputs: Json) -> Json:
        """Return the properties that *answer* of the engine adds to *inputs*."""

    def drifted(self, answer: Json, inputs: Json) -> Json:  # noqa: ARG002 — most cannot change
        """Return the inputs that somebody changed, as they are now. Default: nothing can."""
        return {}

    @abstractmethod
    def delete(self, api: Api, known: str, properties: Json) -> None:
        """Take it away; that it is gone already is as good."""

    def _others(self, inputs: Json) -> set[str]:
        given = {name for name, value in inputs.items() if value is not None}
        return {name for name in given if not name.startswith("__")} - self.supported

    def _unsupported(self) -> str:
        return (
            f"the stand-in plugin does not support it; it takes {', '.join(sorted(self.supported))}"
        )


def made_up_name(urn_name: str, seed: bytes) -> str:
    """Return *urn_name* with seven digits after it, the same for the same *seed* of the engine."""
    digits = (seed.hex() if seed else secrets.token_hex(SUFFIX_BYTES))[:7]
    return f"{urn_name}-{digits}"
