"""What the owner of a zone sets for all of it: TLS, HSTS, DNSSEC, certificates, managed rules."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from common.credential_values import is_repeatable
from config.fields import Emails, NotEmpty, Positive, Settings
from planning import zone_settings
from planning.certificates import Authority, Validation, check_host
from planning.managed_rules import Managed, check_overrides
from planning.refusals import RefusedError, refuse_all

Minimum = Literal["1.2", "1.3"]
RuleId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
CertificateHost = Annotated[
    str,
    AfterValidator(check_host),
    WithJsonSchema({"type": "string", "pattern": r"^(\*\.)?[a-z0-9][a-z0-9.-]+$"}),
]


class Hsts(Settings):
    """What browsers keep in mind: this zone is asked by https only."""

    max_age: Positive = zone_settings.YEAR
    """Seconds that they keep it. Default: a year."""

    include_subdomains: bool = True
    """Whether it is so for all hosts below. Default: it is."""

    preload: bool = False
    """Whether browsers may have it built in, which is hard to take back. Default: they may not."""

    @model_validator(mode="after")
    def _possible(self) -> "Hsts":
        zone_settings.check_preload(
            self.max_age, include_subdomains=self.include_subdomains, preload=self.preload
        )
        return self


class Certificate(Settings):
    """An advanced certificate for hosts of the zone; needs `certificate_manager`."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    """Its name in the stack, never changed."""

    hosts: Annotated[tuple[CertificateHost, ...], NotEmpty]
    """Hosts that it is for, the zone itself among them, 50 at most."""

    authority: Authority = "google"
    """Who issues it: google, lets_encrypt or ssl_com; DigiCert is no longer offered. Default:
    google."""

    validity_days: Positive = 90
    """For how long: 14, 30 or 90 days, of Let's Encrypt 90, which from 2027-02-10 become 64.
    Default: 90."""

    validation: Validation = "txt"
    """How the authority sees that the hosts are ours. Default: by a record in the zone."""


class Override(Settings):
    """What is done otherwise than Cloudflare does by itself."""

    action: Literal["block", "managed_challenge", "js_challenge", "challenge", "log"] | None = None
    """What happens to a request that is found. Default: as Cloudflare has it."""

    enabled: bool | None = None
    """Whether it is looked for at all. Default: as Cloudflare has it."""

    sensitivity: Literal["default", "medium", "low", "eoff"] | None = None
    """How little is enough, of the DDoS ruleset alone. Default: as Cloudflare has it."""


def _says_nothing(override: Override) -> bool:
    return override.action is None and override.enabled is None and override.sensitivity is None


class RuleOverride(Override):
    """Another action for one rule."""

    id: RuleId
    """Id of the rule in its ruleset: 32 hexadecimal digits."""


class CategoryOverride(Override):
    """Another action for all rules of a category."""

    category: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{2,60}$")]
    """Its name: `wordpress`, `paranoia-level-3` …"""


class ManagedRules(Settings):
    """A ruleset of Cloudflare's own that the zone runs, or that it runs otherwise than by itself.

    The DDoS ruleset runs on every zone anyway; it is named for its overrides alone.
    """

    ruleset: Managed
    """Which: `cloudflare`, `owasp`, `exposed_credentials` (the Pro plan has them) or `ddos`."""

    others: Literal["as_they_are", "on", "off"] = "as_they_are"
    """What becomes of the rules that no override names. Default: nothing, they stay as Cloudflare
    has them. `off` leaves only those that overrides switch on."""

    action: Literal["block", "managed_challenge", "js_challenge", "challenge", "log"] | None = None
    """What every rule does. Default: what Cloudflare has for each."""

    sensitivity: Literal["default", "medium", "low", "eoff"] | None = None
    """How sensitive every rule of the DDoS ruleset is. Default: as Cloudflare has it."""

    rules: tuple[RuleOverride, ...] = ()
    """Overrides of single rules. Default: none."""

    categories: tuple[CategoryOverride, ...] = ()
    """Overrides of categories. Default: none."""

    why: Annotated[str, StringConstraints(min_length=8, max_length=400)] = "as Cloudflare has it"
    """What the overrides are there for. Default: as Cloudflare has it."""

    @model_validator(mode="after")
    def _some(self) -> "ManagedRules":
        check_overrides(
            # That nothing of it can be off is said where the zone is looked at.
            others="as_they_are" if self.ruleset == "ddos" else self.others,
            rules=[(each.id, each.enabled, _says_nothing(each)) for each in self.rules],
            categories=[(c.category, c.enabled, _says_nothing(c)) for c in self.categories],
        )
        return self


def _known(settings: dict[str, Any]) -> dict[str, Any]:
    refuse_all(fault for name, value in settings.items() for fault in _faults(name, value))
    return settings


def _faults(name: str, value: Any) -> Iterator[str]:
    if name in OWN:
        yield f"has {name}, which has a field of its own; remove it here"
    elif not is_repeatable(str(value)):
        # What is wrong with it would repeat it, and it may be a credential.
        yield f"the value of {name} (not shown) looks like a credential; remove it"
    else:
        try:
            zone_settings.check_value(name, value)
        except RefusedError as error:
            yield str(error)


OWN = ("ssl", "always_use_https", "tls_1_3", "min_tls_version", "security_header", "ciphers")
"""Settings that the baseline sets by itself, or by a field of its own."""


class Baseline(Settings):
    """What the zone has as a whole, set by its owner alone and put back when the owner goes.

    It has full (strict) SSL, TLS 1.3, and https only; an origin in the zone needs a certificate.
    """

    whole_zone: bool = False
    """Whether `minimum_tls` and `hsts` are for all hosts of the zone, also those that others have
    there. Default: not confirmed; the minimum is then set for each host of this stack, which needs
    `certificate_manager`, and HSTS is left to the headers of the systems."""

    minimum_tls: Minimum = "1.2"
    """Lowest version of TLS that visitors may speak. Default: 1.2."""

    ciphers: tuple[str, ...] = ()
    """Ciphers of TLS 1.2 for each host of this stack, where the minimum is that; needs
    `certificate_manager`. Default: Cloudflare's."""

    hsts: Hsts = Hsts()
    """HSTS of the whole zone, once that is confirmed. Default: a year, with all hosts below."""

    dnssec: bool = True
    """Whether its DNS is signed; the DS record has to be entered at the registrar. Default: it
    is."""

    universal_ssl: bool | None = None
    """Whether it has a certificate of Universal SSL, which adds CAA records of its own beside the
    zone's. Default: as it is."""

    tiered_cache: bool | None = None
    """Whether data centres ask an upper one before an origin. Default: as it is."""

    settings: Annotated[dict[str, Any], AfterValidator(_known)] = Field(default={})
    """Further settings by their names in the API, on and off in quotes. Default: none."""

    certificate_manager: bool = False
    """Whether the zone has the add-on Advanced Certificate Manager. Default: it has not."""

    certificates: tuple[Certificate, ...] = ()
    """Advanced certificates. Default: none."""

    certificate_emails: Emails = ()
    """Addresses that are told of what happens to certificates: issued, renewed, not renewed.
    Default: nobody is."""

    @model_validator(mode="after")
    def _fitting(self) -> "Baseline":
        zone_settings.check_ciphers(self.ciphers, self.minimum_tls)
        return self
