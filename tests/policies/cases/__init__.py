"""Every rule's fixtures, one subject a file as in the pack."""

from tests.policies.cases import buckets, durable_objects, secrets, stateful

CASES = [*buckets.CASES, *durable_objects.CASES, *secrets.CASES, *stateful.CASES]
