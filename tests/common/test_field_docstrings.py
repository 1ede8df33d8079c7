"""What stands under a field is read out of the source of its class."""

from common.field_docstrings import describe, field_docstrings


class Parent:
    """No field."""

    first: int
    """What the parent says of it."""

    second: str = "a"
    """Two lines
    of text."""

    bare: int = 0

    plain = 1
    """Stands under no field."""


class Child(Parent):
    first: int
    """What the child says of it."""

    third: int

    def method(self) -> None:
        """Stand under a field and belong to none."""


def test_a_field_says_what_stands_under_it():
    said = {"first": "What the parent says of it.", "second": "Two lines\nof text."}

    assert field_docstrings(Parent) == said


def test_what_a_parent_says_holds_until_the_child_says_something_else():
    said = {"first": "What the child says of it.", "second": "Two lines\nof text."}

    assert field_docstrings(Child) == said


def test_a_class_without_a_source_says_nothing():
    made = type("Made", (Parent,), {"__annotations__": {"other": int}})

    assert field_docstrings(made) == field_docstrings(Parent)


def test_a_schema_keeps_the_description_that_it_has():
    schema = {"properties": {"first": {"description": "Its own."}, "second": {}, "bare": {}}}

    describe(Parent, schema)

    assert schema["properties"] == {
        "first": {"description": "Its own."},
        "second": {"description": "Two lines\nof text."},
        "bare": {},
    }
