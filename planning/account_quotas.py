"""How many things of a kind an account may have, and which ask for more than is left (FW-12)."""

from collections.abc import Mapping
from dataclasses import dataclass

from planning.plans import LIMITS, AccountPlan


@dataclass(frozen=True)
class Quota:
    """What is counted of an account, and how much of it each plan of Workers has."""

    what: str
    most: Mapping[AccountPlan, int]
    types: tuple[str, ...]
    """Types of resources that are each one of it, without their module."""

    path: str
    """Path of their list, below the account."""


QUOTAS = (
    Quota(
        "workers",
        {"free": 100, "paid": 500},
        ("WorkersScript", "Worker"),
        "/workers/scripts",
    ),
    Quota(
        "KV namespaces",
        {"free": 1_000, "paid": 1_000},
        ("WorkersKvNamespace",),
        "/storage/kv/namespaces",
    ),
    Quota(
        "R2 buckets",
        {"free": 1_000_000, "paid": 1_000_000},
        ("R2Bucket",),
        "/r2/buckets",
    ),
    Quota("D1 databases", {"free": 10, "paid": 50_000}, ("D1Database",), "/d1/database"),
    Quota("queues", {"free": 10_000, "paid": 10_000}, ("Queue",), "/queues"),
)
"""Source: the pages of limits of each product, developers.cloudflare.com, 2026-11-29; of D1, whose
pages differ, the smaller number."""


@dataclass(frozen=True)
class Room:
    """What an account has of one quota, and what a stack makes beside it."""

    quota: Quota
    plan: AccountPlan
    there: int
    new: int

    @property
    def most(self) -> int:
        """How many there may be."""
        return self.quota.most[self.plan]

    @property
    def is_over(self) -> bool:
        """Whether the stack makes more than there is room for."""
        return self.new > 0 and self.there + self.new > self.most

    def sentence(self) -> str:
        """Say how many there are, how many come, and how many there may be."""
        plan = LIMITS[self.plan].name
        return (
            f"{self.there:,} {self.quota.what} are in the account and {self.new:,} would come; "
            f"{plan} has {self.most:,}"
        )
