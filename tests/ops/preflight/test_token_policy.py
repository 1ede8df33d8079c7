"""The token of a stack may do what it needs and nothing else, and is made of one JSON (FW-11)."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from ops.errors import OpsError
from ops.paths import Paths
from ops.preflight.declared_resources import declared
from ops.preflight.token_policy import Wanted
from ops.stack.target import read_target

pytestmark = pytest.mark.workerd


def shown(token):
    console = Console(width=300)
    with console.capture() as captured:
        console.print(token.table())
    return [" ".join(line.split()) for line in captured.get().splitlines()]


def test_the_api_makes_a_token_of_it_and_knows_every_permission(account):
    token = Wanted(account.target, account.made, self_check=True)
    ends = datetime(2099, 1, 2, 3, 4, 5, tzinfo=UTC)

    path = account.cloud.account("/tokens")
    made = account.cloud.result("POST", path, json=token.document(ends))

    given = {group["name"] for policy in made["policies"] for group in policy["permission_groups"]}
    assert given == {need.group for need in token.needs}
    assert "Account API Tokens Read" in given
    assert made["name"] == "deployments of staging"
    assert made["expires_on"] == "2099-01-02T03:04:05Z"


def test_that_of_a_preview_writes_nothing(account):
    document = Wanted(account.target, account.made, read_only=True).document()

    groups = [group for each in document["policies"] for group in each["permission_groups"]]
    assert len(groups) > 8
    assert {group["name"].rpartition(" ")[2] for group in groups} == {"Read"}
    assert document["name"] == "previews of staging"
    assert "expires_on" not in document


def test_it_is_shown_as_the_dashboard_names_it_with_its_reasons(account):
    lines = shown(Wanted(account.target, account.made))

    identifier = account.target.account
    assert f"Account > D1 > Edit account {identifier} D1Database, D1Migrations" in lines
    assert "Zone > Zone > Read zone chitty.cc ops doctor" in lines


def test_before_the_account_is_named_it_is_shown_and_no_policy_is_made():
    target = read_target(Paths(), "staging")
    token = Wanted(target, declared(Paths(), target))

    assert "Account > D1 > Edit the account D1Database, D1Migrations" in shown(token)
    with pytest.raises(OpsError, match=r"chittyos:account, id of chitty\.cc: not set"):
        token.document()
