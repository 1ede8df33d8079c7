"""The program of a stack: what it exports, and how it ends when something is wrong."""

import json
import runpy
import warnings

import pulumi
import pulumi_cloudflare as cloudflare
import pytest
from pulumi.runtime import config as engine

from components.kv import Namespace, NamespaceArgs
from planning.compatibility import is_on
from systems import platform, preconditions
from systems.chittyconnect import component as chittyconnect
from tests.config.examples import CANARY, ROOT, SECRETS, as_engine, good
from tests.support import run

SLACK_URL = "chittyos:SLACK_WEBHOOK_URL"


@pytest.fixture
def stack(monkeypatch):
    """Hand a configuration to the program as the engine does."""
    monkeypatch.setenv(preconditions.TOKEN, "t" * 40)
    monkeypatch.setenv(preconditions.PACK, "policies")
    monkeypatch.delenv(preconditions.BASE_URL, raising=False)
    monkeypatch.setattr(preconditions, "_answers", lambda _: True)

    def give(name, **changes):
        values = as_engine(good(name) | changes)
        engine.set_all_config(values, sorted(SECRETS.keys() & values.keys()))
        return name

    yield give
    engine.set_all_config({}, [])


def fails(stack_name):
    """Run the program and give what the engine is told; nothing was registered."""
    recording = []
    with pytest.raises(pulumi.RunError) as raised:
        recording.append(run(platform.main, stack=stack_name))

    assert recording == []
    assert raised.value.__cause__ is None
    return str(raised.value)


def test_main_registers_the_platform(stack):
    made = run(platform.main, stack=stack("development")).resources

    assert "chittyos:ChittyConnect chittyconnect" in made
    assert made["chittyos:ChittyConnect chittyconnect"].parent == "chittyos:Platform platform"


def test_the_module_runs_main(stack):
    stack("development")
    made = run(lambda: runpy.run_path(str(ROOT / "__main__.py"))).resources

    assert "chittyos:ChittyConnect chittyconnect" in made


def test_it_exports_where_systems_answer_and_no_secret(stack, monkeypatch):
    exported: dict[str, object] = {}
    monkeypatch.setattr(pulumi, "export", exported.__setitem__)
    run(platform.main, stack=stack("pr-7"))

    assert exported == {
        "environment": "development",
        "addresses": [
            {
                "system": "chittyconnect",
                "host": "connect-pr-7.chitty.cc",
                "url": "https://connect-pr-7.chitty.cc",
                "check": "/health",
            },
            *(
                {
                    "system": "chittyid",
                    "host": f"{name}-pr-7.chitty.cc",
                    "url": f"https://{name}-pr-7.chitty.cc",
                    "check": "/health",
                }
                for name in ("id", "chittyid")
            ),
            {
                "system": "project_awareness",
                "host": "project-awareness-pr-7.chitty.cc",
                "url": "https://project-awareness-pr-7.chitty.cc",
                "check": "/health",
            },
            *(
                {
                    "system": "superinstance",
                    "host": f"{name}-pr-7.chitty.cc",
                    "url": f"https://{name}-pr-7.chitty.cc",
                    "check": "/health",
                }
                for name in ("superinstance", "superinstance-billing", "superinstance-sync")
            ),
            {
                "system": "onepassword_connect",
                "host": "1password-connect-pr-7.chitty.cc",
                "url": "https://1password-connect-pr-7.chitty.cc",
                "check": "/v1/health",
                "service_token": "onepassword_connect-access-token-services",
            },
        ],
    }


def test_usage_that_somebody_wants_to_hear_of_is_a_notification_of_the_stack(stack):
    zones = [{**zone, "plan": "pro"} for zone in good("development")["chittyos:zones"]]
    told = {"product": "worker_requests", "limit": 8_000_000, "emails": ["platform@chitty.cc"]}
    asked = {"chittyos:zones": zones, "chittyos:usage_notifications": [told]}

    made = run(platform.main, stack=stack("development", **asked)).resources

    policy = made["NotificationPolicy usage-worker-requests-8000000"].inputs
    assert policy["name"] == "development: worker_requests above 8,000,000 this month"
    assert policy["mechanisms"] == {"emails": [{"id": "platform@chitty.cc"}]}
    assert not [
        name
        for name in run(platform.main, stack=stack("development")).resources
        if name.startswith("NotificationPolicy usage")
    ]


def test_who_is_told_of_what_is_monitoring_of_the_stack(stack, monkeypatch):
    """PA-13: the secret of Slack's address is taken out of it, or it would differ ever after."""
    zones = [{**zone, "plan": "pro"} for zone in good("development")["chittyos:zones"]]
    url = f"https://hooks.slack.com/services/T0/B0/{CANARY}"
    told = {
        "destinations": [{"name": "channel", "kind": "slack"}],
        "alerts": [{"name": "down", "type": "tunnel_health_event", "to": ["channel"]}],
    }
    monkeypatch.setitem(SECRETS, SLACK_URL, url)
    asked = {"chittyos:zones": zones, "chittyos:monitoring": told, SLACK_URL: url}

    made = run(platform.main, stack=stack("development", **asked)).resources

    hook = made["NotificationPolicyWebhooks monitoring-channel"]
    assert hook.inputs["url"] == "https://hooks.slack.com/services/T0/B0"
    assert hook.is_secret("secret")
    policy = made["NotificationPolicy monitoring-down"].inputs
    assert policy["name"] == "development: down"
    assert policy["mechanisms"] == {"webhooks": [{"id": "monitoring-channel-id"}]}


def test_a_bad_configuration_is_one_message_and_registers_nothing(stack):
    changes = {"chittyos:plan": "gold", "chittyconnect:host": "x.example.com"}

    assert fails(stack("development", **changes)) == (
        "Pulumi.development.yaml: chittyos:plan: 'gold' is refused: it is one of 'free' or 'paid'"
    )


def test_a_missing_local_cloudflare_registers_nothing(stack, monkeypatch):
    monkeypatch.setattr(preconditions, "_answers", lambda _: False)

    assert "run make start" in fails(stack("development"))


def test_a_rehearsal_can_be_previewed_and_not_deployed(stack):
    local = {"chittyos:rehearsal": "true", "cloudflare:baseUrl": "http://127.0.0.1:1/client/v4"}

    assert run(platform.main, stack=stack("production", **local), preview=True).resources
    assert "is only previewed" in fails(stack("production", **local))


def test_a_store_that_would_be_replaced_with_another_resource_is_refused(stack, monkeypatch):
    def build(_):
        owner = pulumi.ComponentResource("test:index:Owner", "owner")
        args = NamespaceArgs(title="n")
        Namespace("it", args, account_id="", opts=pulumi.ResourceOptions(deleted_with=owner))

    monkeypatch.setattr(platform, "build", build)
    with pytest.raises(pulumi.RunError, match=r"^it: deleted_with is set"):
        run(platform.main, stack=stack("development"))


def test_code_that_does_not_bundle_registers_nothing(stack, monkeypatch):
    monkeypatch.setattr(chittyconnect, "ENTRY", "workers/none.ts")

    assert fails(stack("development")) == (
        "workers/none.ts does not exist; name the entry module of the worker"
    )


def test_migrations_out_of_order_register_nothing(stack, monkeypatch, tmp_path):
    (tmp_path / "1.sql").write_text("SELECT 1;")
    monkeypatch.setattr(chittyconnect, "MIGRATIONS", tmp_path)

    assert "1.sql is no migration name" in fails(stack("development"))


def test_no_message_holds_a_secret(stack):
    tokens = json.dumps([{"id": CANARY, "sha256": CANARY, "scopes": []}])

    assert CANARY not in fails(stack("production", **{"chittyconnect:API_TOKENS": tokens}))


def test_a_share_of_production_before_its_time_stops_plain_pulumi_too(stack):
    changes = {"chittyconnect:rollout": {"percentage": 0.10}}

    assert fails(stack("production", **changes)).startswith(
        "Pulumi.production.yaml: chittyconnect:rollout.percentage: 0.10 is refused: staging has not"
    )


ACCESS = {
    "service_tokens": [{"name": "workers"}],
    "policies": [
        {
            "name": "services",
            "title": "ChittyOS Services Only",
            "decision": "non_identity",
            "include": {"service_tokens": ["workers"]},
        }
    ],
    "emails": ["platform@chitty.cc"],
}
OPERATIONS = [{"name": "operations", "paths": ["/admin"], "policies": ["services"]}]


def test_paths_of_both_systems_stand_behind_one_policy(stack):
    """OP-5: configured once, used by ChittyConnect and ChittyID, before their hosts are open."""
    asked = {
        "chittyos:access": ACCESS,
        "chittyid:access": OPERATIONS,
        "chittyconnect:access": OPERATIONS,
    }

    made = run(platform.main, stack=stack("development", **asked)).resources

    for system, host in (
        ("chittyid", "id-development.chitty.cc"),
        ("chittyconnect", "connect-development.chitty.cc"),
    ):
        name = f"ZeroTrustAccessApplication {system}-worker-access-operations"
        assert made[name].inputs["destinations"][0] == {"type": "public", "uri": f"{host}/admin"}
        assert made[name].inputs["policies"] == [
            {"id": "access-policy-services-id", "precedence": 1}
        ]
        assert name in made[f"WorkersCustomDomain {system}-worker-{host}"].depends_on
    assert made["chittyos:Access access"].parent == "chittyos:Platform platform"
    assert "NotificationPolicy access-expiry" in made


def test_nothing_of_access_is_made_unasked(stack):
    """But before the host of Connect, which is never without it (OP-5)."""
    made = run(platform.main, stack=stack("development")).resources

    guarded = {name for name in made if "Access" in name}
    assert {name.split(" ")[1].partition("-")[0] for name in guarded} == {"onepassword_connect"}


@pytest.mark.parametrize("name", ["development", "staging", "production"])
def test_nothing_of_a_stack_is_deprecated(stack, monkeypatch, name):
    """Neither an argument nor a type: the SDK warns of both, the pack of types with a successor."""
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: said.append(text))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        made = run(platform.main, stack=stack(name)).resources

    assert made
    assert [str(each.message) for each in warned] == said == []


def test_what_is_deprecated_would_be_heard_of(monkeypatch):
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: said.append(text))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        run(lambda: cloudflare.Record("old", zone_id="z", name="a", type="A", ttl=1))

    assert any("deprecated" in str(each) for each in (*said, *warned))


def test_a_list_is_there_before_the_rules_that_name_it(stack):
    """PA-8 (b): the engine sees no name in an expression, and a list in use cannot be deleted."""
    edge = {"watched_addresses": ["203.0.113.7"], "watched_list": "watched_{stack}"}
    given = stack("development", **{"project_awareness:edge": edge})
    made = run(platform.main, stack=given).resources

    found = made["List list-watched_development"].inputs
    custom = made["Ruleset chitty.cc-http_request_firewall_custom"]
    assert (found["kind"], found["name"]) == ("ip", "watched_development")
    assert found["items"] == [{"ip": "203.0.113.7"}]
    assert "List list-watched_development" in custom.depends_on


def test_a_guest_of_a_zone_brings_no_list_along(stack):
    """`pr-7` leaves the rules of the zone to its owner, and so the lists that they name."""
    given = stack("pr-7", **{"project_awareness:edge": {"watched_addresses": ["203.0.113.7"]}})
    made = run(platform.main, stack=given).resources

    assert not [name for name in made if name.startswith("List")]


def test_a_list_has_a_name_of_its_own_in_every_stack(stack):
    """A stack's name has dashes, a list's has none."""
    edge = {"watched_addresses": ["203.0.113.7"], "watched_list": "Watched"}
    told = fails(stack("development", **{"project_awareness:edge": edge}))

    assert "project_awareness:edge.watched_list" in told
    assert "a-z, 0-9 and _" in told


@pytest.mark.parametrize("name", ["development", "pr-7", "staging", "production"])
def test_no_worker_has_its_secrets_where_all_of_its_code_reads_them(stack, name):
    """PA-1: from 2026-08-04 on `process.env` has every secret, unless a flag says otherwise."""
    made = run(platform.main, stack=stack(name)).resources
    scripts = {key: it.inputs for key, it in made.items() if key.startswith("WorkersScript ")}
    versions = {key: it.inputs for key, it in made.items() if key.startswith("WorkerVersion ")}

    fills = "nodejs_compat_populate_process_env"

    assert len(scripts | versions) >= 3
    for key, each in {**scripts, **versions}.items():
        assert not is_on(fills, each["compatibilityDate"], each["compatibilityFlags"]), key


def test_a_budget_that_comes_near_is_told_in_every_preview(stack, monkeypatch):
    """PA-16: before anything is made, and nothing is refused for it."""
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    near = {"workers": {"dollars": 100, "tell_at": 0.0}}

    assert run(platform.main, stack=stack("development", **{"chittyos:budgets": near})).resources
    (sentence,) = said
    assert sentence.startswith("chittyos:budgets.workers: $1")
