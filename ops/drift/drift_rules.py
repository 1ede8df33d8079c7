"""`drift.yaml`: differences that mean nothing, and those that may be put back without asking."""

import re
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops.errors import OpsError

FILE = "drift.yaml"
NotEmpty = Annotated[str, Field(min_length=1)]
Resource = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+ \S.*$")]
"""Type and name: `R2BucketCors documents`."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    resource: Resource
    attribute: NotEmpty
    """Path in the resource: `rules[*].id`; `[*]` stands for any member of a list."""

    why: NotEmpty

    def fits(self, resource: str, attribute: str) -> bool:
        """Return whether it speaks of this attribute of this resource, or of what lies in it."""
        pattern = re.escape(self.attribute).replace(re.escape("[*]"), r"\[[^\]]*\]")
        found = re.fullmatch(rf"{pattern}(?:[.\[].*)?", attribute)
        return self.resource == resource and found is not None


class Noise(_Entry):
    """A difference that is always there and means nothing."""

    stack: NotEmpty
    """Stack in which it occurs. Where it occurs no more, the entry has to go."""

    def __str__(self) -> str:
        return f"{self.resource}: {self.attribute}"


class Harmless(_Entry):
    """A difference that `--repair` puts back."""


class Declared(BaseModel):
    """All of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    noise: tuple[Noise, ...] = ()
    repair: tuple[Harmless, ...] = ()

    def of(self, stack: str) -> "Declared":
        """Return what is for *stack*."""
        own = tuple(each for each in self.noise if each.stack == stack)
        return self.model_copy(update={"noise": own})


def read(root: Path) -> Declared:
    """Read the file in *root*; nothing is declared where there is none.

    Raises `OpsError` with the path of what is wrong.
    """
    file = root / FILE
    if not file.is_file():
        return Declared()
    try:
        return Declared.model_validate(yaml.safe_load(file.read_text()) or {})
    except (OSError, yaml.YAMLError) as error:
        raise OpsError(f"{FILE} cannot be read as YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        told = error.errors()[0]
        where = ".".join(map(str, told["loc"])) or "the file"
        raise OpsError(f"{FILE}: {where}: {told['msg']}; see docs/runbooks.md") from None
