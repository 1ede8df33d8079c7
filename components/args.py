"""The base of every component's settings, and what a component shows to others."""

from collections.abc import Sequence
from typing import Protocol

import pulumi
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from common.field_docstrings import describe
from components.sdk import cloudflare

Binding = cloudflare.WorkersScriptBindingArgsDict
"""One binding of a worker, in the provider's words."""


class Args(BaseModel):
    """Plain values, known before the program runs; a live output is never one of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema with what stands under each field."""
        schema = handler(core_schema)
        describe(cls, handler.resolve_ref_schema(schema))
        return schema


class Bindable(Protocol):
    """What a worker can be given under a name."""

    def binding(self, name: str) -> Binding:
        """Show it to a worker as `env.<name>`."""
        ...

    @property
    def ready(self) -> Sequence[pulumi.Resource]:
        """Resources that must be finished before a worker may use it."""
        ...


def keep(component: pulumi.Resource, *, retain: bool) -> pulumi.ResourceOptions:
    """Options for what holds data: protected, and left in the account when the stack goes."""
    return pulumi.ResourceOptions(parent=component, protect=retain, retain_on_delete=retain)
