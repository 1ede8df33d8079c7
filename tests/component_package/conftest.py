"""What the tests of the package share with those of the components."""

from tests.components.conftest import project

__all__ = ["project"]
