"""The base of every component's settings: plain values, for which no SDK is imported."""

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from common.field_docstrings import describe


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
