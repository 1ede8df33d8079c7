"""What stands under the fields of a class, read out of its source when somebody asks.

Pydantic would read it while it makes the class (`use_attribute_docstrings`), which walks the whole
stack of imports for each: half a second of every command, for texts that documents and error
messages need.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Any


@cache
def field_docstrings(kind: type) -> Mapping[str, str]:
    """Return the docstring of each field of *kind* that has one, those it inherits as well."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if vars(each).get("__annotations__"):
            found.update(_of(each))
    return found


def describe(kind: type, schema: dict[str, Any]) -> None:
    """Put the docstrings of *kind* into its JSON *schema*, where a field has no description yet."""
    properties = schema.get("properties", {})
    for name, text in field_docstrings(kind).items():
        if name in properties:
            properties[name].setdefault("description", text)


def _of(kind: type) -> Iterator[tuple[str, str]]:
    try:
        (made,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    except (OSError, TypeError, SyntaxError):  # made by no file that can be read
        return
    for field, text in pairwise(getattr(made, "body", ())):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = text.value if isinstance(text, ast.Expr) else None
            if isinstance(said, ast.Constant) and isinstance(said.value, str):
                yield field.target.id, inspect.cleandoc(said.value)
