"""Values of placeholders in SQL, as they come in JSON."""

from typing import Annotated, Any

from pydantic import AfterValidator

BYTE = 256


def _bindable(value: Any) -> Any:
    """Return *value* as it is bound: true and false are 1 and 0, a list of bytes is a BLOB."""
    is_blob = isinstance(value, list) and all(type(b) is int and 0 <= b < BYTE for b in value)
    if isinstance(value, dict | list) and not is_blob:
        raise ValueError("Input should be text, a number, true, false, null or a list of bytes")
    return int(value) if isinstance(value, bool) else value


SqlValue = Annotated[Any, AfterValidator(_bindable)]
