"""JSON as Python has it, before anything has validated it."""

from typing import Any

Json = dict[str, Any]
"""An object: keys are text, values are whatever JSON allows."""
