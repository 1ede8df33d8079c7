"""Rulesets: what the edge of a zone does in one phase."""

from typing import Any, cast

import pulumi

from components.sdk import cloudflare
from planning.zone_rules import Ruleset as Merged
from planning.zone_rules import ZoneRule


class Ruleset(pulumi.ComponentResource):
    """All rules of a zone in one phase. Child: the ruleset under the name of the component."""

    def __init__(
        self,
        name: str,
        merged: Merged,
        *,
        zone_id: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        shown = {"phase": merged.phase, "refs": [rule.ref for _, rule in merged.rules]}
        super().__init__("chittyos:cloudflare:Ruleset", name, shown, opts)
        cloudflare.Ruleset(
            name,
            zone_id=zone_id,
            kind="zone",
            name=f"{merged.zone} {merged.phase}",
            phase=merged.phase,
            rules=[_rule(system, rule) for system, rule in merged.rules],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def _rule(system: str, rule: ZoneRule) -> cloudflare.RulesetRuleArgsDict:
    made: dict[str, Any] = {
        "ref": rule.ref,
        "description": f"{system}: {rule.description}",
        "expression": rule.expression,
        "action": rule.action,
        "enabled": True,
        **rule.parameters,
    }
    return cast("cloudflare.RulesetRuleArgsDict", made)
