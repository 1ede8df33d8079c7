"""What the edge of a zone does with requests: custom rules, rate limits, headers of answers."""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import pulumi
from pydantic import Field, model_validator

from components.args import Args
from components.sdk import cloudflare
from planning.refusals import RefusedError
from planning.rule_checks import check_rule


class RuleArgs(Args):
    """One rule."""

    phase: str
    """Phase of the Rules engine: `http_request_firewall_custom`, `http_ratelimit`,
    `http_response_headers_transform` …"""

    ref: str = Field(pattern=r"^[a-z0-9_]+$")
    """Name of the rule, stable for ever: without one, Cloudflare gives every edit a new id."""

    expression: str
    """When it acts, in the Rules language."""

    action: str
    """What it does: `block`, `managed_challenge`, `skip`, `rewrite` …"""

    description: str
    """What it is there for, for people."""

    parameters: dict[str, Any] = {}  # noqa: RUF012 - pydantic copies it
    """What the action or the phase needs beside (`action_parameters`, `ratelimit`), as the SDK
    calls it. Default: nothing."""


class ZoneSecurityArgs(Args):
    """All rules of one zone, each phase in its order."""

    zone: str
    """Name of the zone; begins the names of its rulesets, which never change."""

    rules: tuple[RuleArgs, ...] = Field(min_length=1)
    """Rules, in the order in which they are asked."""

    @model_validator(mode="after")
    def _taken(self) -> "ZoneSecurityArgs":
        """Refuse a rule that Cloudflare would not take, and a ref that another one has."""
        seen: set[tuple[str, str]] = set()
        for rule in self.rules:
            if (rule.phase, rule.ref) in seen:
                raise RefusedError(f"two rules of {rule.phase} have the ref {rule.ref}")
            seen.add((rule.phase, rule.ref))
            try:
                check_rule(rule.phase, rule.expression, rule.action, rule.parameters)
            except RefusedError as error:
                raise RefusedError(f"rule {rule.ref} of {rule.phase}: {error}") from None
        return self


class ZoneSecurity(pulumi.ComponentResource):
    """The rules of a zone. Children: one ruleset a phase, `<name>-<phase>`.

    A zone takes one ruleset a phase: all rules of a zone belong into one component. *after* are the
    lists that rules name, which have to be there before.
    """

    ruleset_ids: dict[str, pulumi.Output[str]]
    """Id of the ruleset of each phase."""

    def __init__(
        self,
        name: str,
        args: ZoneSecurityArgs,
        *,
        zone_id: pulumi.Input[str],
        after: Sequence[pulumi.Resource] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        shown = {phase: [rule.ref for rule in rules] for phase, rules in _phases(args)}
        super().__init__("chittyos:cloudflare:ZoneSecurity", name, {"refs": shown}, opts)
        self.ruleset_ids = {}
        for phase, rules in _phases(args):
            ruleset = cloudflare.Ruleset(
                f"{name}-{phase}",
                zone_id=zone_id,
                kind="zone",
                name=f"{args.zone} {phase}",
                phase=phase,
                rules=[_rule(rule) for rule in rules],
                # A second ruleset of a phase would be refused while the first is there. One that is
                # taken over keeps its name, for another name would be another ruleset.
                opts=pulumi.ResourceOptions(
                    parent=self,
                    delete_before_replace=True,
                    depends_on=list(after),
                    ignore_changes=["name"],
                ),
            )
            self.ruleset_ids[phase] = ruleset.id
        self.register_outputs({"rulesetIds": self.ruleset_ids})


def _phases(args: ZoneSecurityArgs) -> Iterator[tuple[str, list[RuleArgs]]]:
    """Yield the phases in order of their names, each with its rules in theirs."""
    for phase in sorted({rule.phase for rule in args.rules}):
        yield phase, [rule for rule in args.rules if rule.phase == phase]


def _rule(rule: RuleArgs) -> cloudflare.RulesetRuleArgsDict:
    made: dict[str, Any] = {
        "ref": rule.ref,
        "description": rule.description,
        "expression": rule.expression,
        "action": rule.action,
        "enabled": True,
        **rule.parameters,
    }
    return cast("cloudflare.RulesetRuleArgsDict", made)
