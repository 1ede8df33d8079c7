"""Where a stack goes: the block `chittyos:` of its configuration."""

from typing import Annotated, Literal

from pydantic import Field

from config.access import Access
from config.balancers import Balancer
from config.baseline import Baseline, ManagedRules
from config.budgets import Budgets
from config.fields import (
    AccountId,
    Emails,
    Environment,
    HostName,
    NotEmpty,
    Positive,
    Settings,
    Whole,
)
from config.monitoring import Monitoring
from config.reading.source import STACK_NAME
from planning.notifications import Product
from planning.plans import AccountPlan, AddOn, ZonePlan


class Zone(Settings):
    """A zone that hosts of this stack lie in. Zones are shared between stacks."""

    name: HostName
    """Domain of the zone."""

    id: AccountId
    """Id of the zone: 32 hexadecimal digits, in quotes."""

    plan: ZonePlan
    """What the zone is subscribed to. It decides which edge settings it can have."""

    owner: str = Field(min_length=1, max_length=100)
    """Name of the one stack that sets what is valid for the whole zone."""

    guests: tuple[Annotated[str, Field(pattern=rf"^{STACK_NAME}$")], ...] = ()
    """Stacks beside its owner that have hosts in the zone: the owner sets for them what a zone has
    once, which is rules, health checks and TLS of hosts. Default: none."""

    baseline: Baseline | None = None
    """What its owner sets for all of it: TLS, HSTS, DNSSEC, certificates; put back to what was
    found when the owner goes. Default: nothing is set."""

    managed_rules: tuple[ManagedRules, ...] = ()
    """Rulesets of Cloudflare's own that its owner runs, and what they do otherwise. Default:
    none is named."""


Operations = Annotated[Whole, Field(ge=0, le=9_007_199_254_740_991)]


class KvBudget(Settings):
    """Operations of KV that the whole account may use a day, as Cloudflare counts them."""

    reads_day: Operations | None = None
    """Reads. Default: what the plan has; Workers Paid bills what goes beyond."""

    writes_day: Operations | None = None
    """Writes. Default: as for reads."""

    deletes_day: Operations | None = None
    """Deletes. Default: as for reads."""

    lists_day: Operations | None = None
    """Lists. Default: as for reads."""


class D1Budget(Settings):
    """Rows of D1 that the whole account may use a day, as Cloudflare counts them."""

    rows_read_day: Operations | None = None
    """Rows read, of which a query without an index reads all. Default: what the plan has; Workers
    Paid bills what goes beyond."""

    rows_written_day: Operations | None = None
    """Rows written, indexes included. Default: as for rows read."""


class UsageNotification(Settings):
    """A mail when the whole account has used so much of a product in a month.

    Cloudflare has it from the Pro plan of a zone on; `ops usage` shows the figures on any plan.
    """

    product: Product
    """What is counted. Workers KV is not among it: see `kv_budget`."""

    limit: Positive
    """How much of it, in the unit that it is billed by: requests, GB-s, bytes, rows."""

    emails: Annotated[Emails, NotEmpty]
    """Addresses that are told."""


class Deployment(Settings):
    """Account, zones and kind of a stack."""

    environment: Environment
    """What the stack is for. It decides protection, rollout steps and the API that is called."""

    account: AccountId
    """Id of the Cloudflare account: 32 hexadecimal digits, in quotes."""

    plan: AccountPlan
    """Workers plan of the account. It decides which limits a worker may ask for."""

    add_ons: tuple[AddOn, ...] = ()
    """What the account has paid for beside its plans. Advanced Certificate Manager is ordered for a
    zone: `baseline.certificate_manager` says it there. Default: nothing."""

    kv_budget: KvBudget = KvBudget()
    """Operations of KV a day that all systems together may be expected to use; a forecast above it
    is refused. Default: what the plan has."""

    d1_budget: D1Budget = D1Budget()
    """Rows of D1 a day that all systems together may be expected to use; a forecast above it is
    refused. Default: what the plan has."""

    budgets: Budgets = Budgets()
    """What all systems together may be expected to cost and to use a month; a forecast above it is
    refused, and one that comes near is told. Default: no budget."""

    usage_notifications: tuple[UsageNotification, ...] = ()
    """Mails about the account's usage. Default: none."""

    access: Access | None = None
    """Who may pass where systems ask (`access` of their blocks). Default: nobody is asked."""

    monitoring: Monitoring = Monitoring()
    """Who is told when something happens in the account. Default: nobody."""

    zones: Annotated[tuple[Zone, ...], NotEmpty]
    """Zones that hosts of this stack lie in; a host belongs to the longest that fits."""

    balancers: tuple[Balancer, ...] = ()
    """Load balancers, which need the add-on `load_balancing`. Default: none, for a worker answers
    in the data centre next to its client by itself."""

    systems: Annotated[tuple[str, ...], NotEmpty] | None = None
    """Names of the systems that this stack has, so that a large platform is cut into stacks.
    Default: all of them."""

    policyPack: Literal["own", "external"] = "own"  # noqa: N815 - written as cloudflare:baseUrl is
    """Who judges staging and production: `own`, the pack of this project, or `external`, where
    one is enforced elsewhere and the program need not ask for ours. Default: own."""

    rehearsal: bool = False
    """Whether this is a copy of staging or production on a local Cloudflare, with example secrets
    and a state of its own. `ops preview STACK --local` sets it for a copy that is thrown away.
    Default: the real thing."""
