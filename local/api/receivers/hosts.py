"""Which hosts of the world the local API stands for, and where their paths begin here."""

from collections.abc import Mapping

from local.api.receivers import (
    connect_server,
    identity_provider,
    model_providers,
    pagerduty,
    slack,
    stripe_payments,
)

PATHS: Mapping[str, str] = {
    "api.cloudflare.com": "",
    pagerduty.HOST: pagerduty.ROOT,
    slack.HOST: slack.ROOT,
    connect_server.HOST: connect_server.ROOT,
    identity_provider.HOST: identity_provider.ROOT,
    **model_providers.ROOTS,
    stripe_payments.HOST: stripe_payments.ROOT,
}
"""The path that goes before the one that was asked for, by the host. One line a host: what workers
ask of it comes here, and the host itself is never contacted."""
