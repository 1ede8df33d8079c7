"""How a component is registered that holds data."""

import pulumi


def keep(component: pulumi.Resource, *, retain: bool) -> pulumi.ResourceOptions:
    """Options for what holds data: protected, and left in the account when the stack goes."""
    return pulumi.ResourceOptions(parent=component, protect=retain, retain_on_delete=retain)
