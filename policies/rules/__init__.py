"""The rules, one subject a file; importing a module registers its rules."""

from pack.rule import REGISTRY

from rules import buckets, durable_objects, secrets, stateful

SUBJECTS = (buckets, durable_objects, secrets, stateful)

__all__ = ["REGISTRY", "SUBJECTS"]
