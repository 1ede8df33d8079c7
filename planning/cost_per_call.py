"""What one call of a system costs: the share of Cloudflare and that of providers apart (SI-3)."""

from dataclasses import dataclass
from decimal import Decimal

from planning.cost import METERED_ON_ANY_PLAN, MODELS
from planning.demand import Demand, total_demand
from planning.prices import Prices


@dataclass(frozen=True)
class Calls:
    """What is counted as a call of a system: how many a month, and US dollars each is charged."""

    month: int
    charged: Decimal


@dataclass(frozen=True)
class PerCall:
    """US dollars of one call, not rounded.

    *cloudflare* is by the list, as if nothing were included: what one call more costs an account
    that has used up what is.
    """

    cloudflare: Decimal
    providers: Decimal
    charged: Decimal

    @property
    def cost(self) -> Decimal:
        """Return what it costs whoever runs the platform."""
        return self.cloudflare + self.providers

    def __str__(self) -> str:
        """Say both shares, what they come to, and what is charged for it."""
        return (
            f"${self.cloudflare:.6f} Cloudflare + ${self.providers:.6f} providers of models "
            f"= ${self.cost:.6f}, charged ${self.charged:.3f}"
        )


def per_call(demand: Demand, calls: Calls, prices: Prices) -> PerCall | None:
    """Return what a call costs of a system with that *demand*; `None` where none are expected."""
    if not calls.month:
        return None
    total = total_demand({"": demand})
    used = {name: Decimal(measure(total)) for name, measure in METERED_ON_ANY_PLAN.items()}
    dollars = {
        name: quantity / prices.named(name).per * prices.named(name).amount
        for name, quantity in used.items()
    }
    providers = dollars.pop(MODELS)
    cloudflare = sum(dollars.values(), Decimal(0))
    return PerCall(cloudflare / calls.month, providers / calls.month, calls.charged)
