"""Nothing here asks for what Cloudflare's API ended: not the table of the plugin, nor a setting."""

import pytest

from local.api.coverage_table import FAMILIES
from planning.discontinued import ENDED, SETTING, ended
from planning.refusals import RefusedError
from planning.zone_settings import SETTINGS, setting
from provider.cloudflare.resources import TABLE
from provider.cloudflare.table import Call

CALLS = [
    call
    for resource in TABLE.values()
    for call in vars(resource).values()
    if isinstance(call, Call)
]
ASKED = {call.path for call in CALLS}
ANSWERED = {operation.path for family in FAMILIES for operation in family.operations}


@pytest.mark.parametrize("path", sorted(ASKED | ANSWERED))
def test_no_path_of_ours_is_on_the_list(path):
    assert ended(path) is None


def test_paths_of_ours_are_looked_at():
    assert "/accounts/{accountId}/r2/buckets/{name}" in ASKED
    assert len(ANSWERED) > 100


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/{accountId}/workers/namespaces",
        "/accounts/{account}/workers/namespaces/{id}/values/{key...}",
        "/accounts/{account_id}/teamnet/routes/network/{ip_network_encoded}",
        "/zones/{zoneId}/filters/{id}",
    ],
)
def test_what_is_on_the_list_would_be_found(path):
    assert ended(path) in ENDED


def test_routes_by_their_id_go_on():
    assert ended("/accounts/{accountId}/teamnet/routes/{routeId}") is None


@pytest.mark.parametrize("name", SETTINGS)
def test_no_setting_is_on_the_list(name):
    assert ended(f"{SETTING}{name}") is None
    assert setting(name)


@pytest.mark.parametrize("name", ["mirage", "brotli", "server_side_exclude", "minify"])
def test_a_setting_that_ended_is_refused_with_its_day(name):
    with pytest.raises(RefusedError, match=rf"^{name} ended on 202\d-\d\d-\d\d: .*; remove it$"):
        setting(name)
