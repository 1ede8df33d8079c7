"""Types of the properties of a resource, as the SDK describes them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scalar:
    """`string`, `integer`, `number`, `boolean`, or `any` where the SDK takes what it gets."""

    name: str


@dataclass(frozen=True)
class ListOf:
    """A list of one type."""

    item: "Type"


@dataclass(frozen=True)
class MapOf:
    """A mapping whose keys are the caller's own."""

    item: "Type"


@dataclass(frozen=True)
class ObjectOf:
    """An object with named properties."""

    fields: dict[str, "Property"]


Type = Scalar | ListOf | MapOf | ObjectOf


@dataclass(frozen=True)
class Property:
    """One property by its name on the provider protocol (`accountId`)."""

    type: Type
    required: bool


@dataclass(frozen=True)
class Description:
    """A resource: what it takes and what it shows."""

    inputs: dict[str, Property]
    outputs: dict[str, Property]
    filled: frozenset[str] = field(init=False)
    """Inputs the API fills in when they are left out."""

    def __post_init__(self) -> None:
        filled = (
            name
            for name, given in self.inputs.items()
            if not given.required and name in self.outputs and self.outputs[name].required
        )
        object.__setattr__(self, "filled", frozenset(filled))
