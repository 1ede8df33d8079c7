"""What a server begins with: vaults, items and tokens by name. Secret values are never in it."""

from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lookalikes.onepassword_connect.items import Category

SECRET = frozenset({"CONCEALED", "OTP"})


class SeedError(ValueError):
    """A seed that cannot be read: file, place in it, what is allowed."""


class Part(BaseModel):
    """A part of a seed; a misspelt name is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SeedField(Part):
    """A field of an item."""

    label: Annotated[str, Field(min_length=1)]
    section: str | None = None
    """Label of the section it stands in. Default: in none."""

    type: Literal["STRING", "CONCEALED", "OTP", "URL", "EMAIL"] = "CONCEALED"
    """What it holds; a CONCEALED or OTP one gets a value of its own in each server."""

    value: str | None = None
    """Its value; only of what is no secret. Default: one is generated."""

    @model_validator(mode="after")
    def _no_secret(self) -> "SeedField":
        if self.type in SECRET and self.value is not None:
            raise ValueError("a secret value is generated; leave value out, or set another type")
        return self


class SeedFile(Part):
    """A file of an item; its content is random."""

    name: Annotated[str, Field(min_length=1)]
    size: Annotated[int, Field(ge=1, le=100_000)] = 64


class SeedItem(Part):
    """An item."""

    title: Annotated[str, Field(min_length=1)]
    category: Category = "API_CREDENTIAL"
    tags: tuple[str, ...] = ()
    fields: tuple[SeedField, ...] = ()
    files: tuple[SeedFile, ...] = ()


class SeedVault(Part):
    """A vault."""

    name: Annotated[str, Field(min_length=1)]
    description: str = ""
    items: tuple[SeedItem, ...] = ()


class SeedToken(Part):
    """A token that is issued."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
    vaults: Annotated[tuple[str, ...], Field(min_length=1)]
    """Names of the vaults that it sees; others are not there for it."""

    write: bool = False
    """Whether it may change items. Default: it reads."""


class Seed(Part):
    """All of it."""

    vaults: tuple[SeedVault, ...] = ()
    tokens: tuple[SeedToken, ...] = ()

    @model_validator(mode="after")
    def _known_vaults(self) -> "Seed":
        known = {each.name for each in self.vaults}
        for token in self.tokens:
            if unknown := set(token.vaults) - known:
                raise ValueError(f"token {token.name}: there is no vault {min(unknown)}")
        return self


def read_seed(path: Path) -> Seed:
    """Return the seed in the YAML file *path*. SeedError says where it is wrong."""
    try:
        return Seed.model_validate(yaml.safe_load(path.read_text("utf-8")) or {})
    except OSError as error:
        raise SeedError(f"{path}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise SeedError(f"{path}: is no YAML: {str(error).splitlines()[0]}") from None
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise SeedError(f"{path}: {place}: {first['msg'].removeprefix('Value error, ')}") from None
