"""Every insecure setting found in the sources of the platform is stopped in production."""

import pytest

from harness.policy_pack import Node, request, stack_request
from policies.pack import type_tokens as t
from policies.pack.rule import Level
from policies.rules import REGISTRY
from tests.policies.cases.graphs import APPLICATION, HOST, TUNNEL_CONFIG
from tests.policies.day import ahead
from tests.policies.support import analyzer, messages

PLACEHOLDER = "YOUR_TOKEN_HERE_REPLACE_ME"
DIGEST = "sha256:" + "0f" * 32


def binding(kind, name, text):
    return {"bindings": [{"type": kind, "name": name, "text": text}]}


INSECURE = {
    "placeholder token": (
        "secrets-no-placeholder",
        t.WORKERS_SCRIPT,
        binding("secret_text", "CHITTY_ID_TOKEN", PLACEHOLDER),
    ),
    "token printed in a document": (
        "worker-plain-binding-entropy",
        t.WORKERS_SCRIPT,
        binding("plain_text", "SERVICE", "mcp_auth_" + "0123456789abcdef" * 2),
    ),
    "token as a plain variable": (
        "worker-secret-in-plain-binding",
        t.WORKERS_SCRIPT,
        binding("plain_text", "CHITTY_API_KEY", "anything"),
    ),
    "CORS_ORIGIN *": (
        "worker-no-wildcard-origin",
        t.WORKERS_SCRIPT,
        binding("plain_text", "CORS_ORIGIN", "*"),
    ),
    "bucket with origin *": (
        "r2-no-wildcard-cors",
        t.R2_CORS,
        {"rules": [{"allowed": {"origins": ["*"], "methods": ["GET"]}}]},
    ),
    "bucket with origin * and PUT": (
        "r2-no-wildcard-write-cors",
        t.R2_CORS,
        {"rules": [{"allowed": {"origins": ["*"], "methods": ["GET", "PUT"]}}]},
    ),
    "public bucket at r2.dev": ("r2-no-dev-url", t.R2_MANAGED_DOMAIN, {"enabled": True}),
    "public bucket at a domain": (
        "r2-public-bucket-declared",
        t.R2_CUSTOM_DOMAIN,
        {"bucketName": "chittyconnect-documents", "enabled": True, "minTls": "1.2"},
    ),
    "Access by address with a login": (
        "access-machine-service-auth",
        t.ACCESS_POLICY,
        {"decision": "allow", "includes": [{"serviceToken": {"tokenId": "x"}}]},
    ),
    "Access for everyone": (
        "access-no-everyone",
        t.ACCESS_POLICY,
        {"decision": "allow", "includes": [{"ip": {"ip": "0.0.0.0/0"}}]},
    ),
    "Access without policies": (
        "access-app-has-policies",
        t.ACCESS_APPLICATION,
        {"type": "self_hosted", "domain": HOST},
    ),
    "secret of .env in the clear": (
        "docker-no-secret-env",
        t.CONTAINER,
        {"envs": ["CLOUDFLARE_TUNNEL_TOKEN=eyJhIjoiMGYifQ"]},
    ),
    "credentials as OP_SESSION": (
        "docker-no-secret-env",
        t.CONTAINER,
        {"envs": ["OP_SESSION=eyJhIjoiMGYifQ"]},
    ),
    "tunnel token in the command": (
        "docker-no-secret-env",
        t.CONTAINER,
        {"command": ["tunnel", "run", "--token", "eyJhIjoiMGYifQ"]},
    ),
    "published port of Connect": (
        "docker-ports-bound",
        t.CONTAINER,
        {"ports": [{"internal": 8080, "external": 8080}]},
    ),
    "unpinned image": (
        "docker-digest-pinned",
        t.REMOTE_IMAGE,
        {"name": "1password/connect-api:1.7.3"},
    ),
    "image of today": ("docker-no-latest", t.CONTAINER, {"image": "cloudflare/cloudflared:latest"}),
    "zone without a TLS minimum": (
        "zone-min-tls",
        t.ZONE_SETTING,
        {"settingId": "min_tls_version", "value": "1.0"},
    ),
    "zone that trusts any origin": (
        "zone-ssl-strict",
        t.ZONE_SETTING,
        {"settingId": "ssl", "value": "full"},
    ),
    "tunnel without a catch-all": (
        "tunnel-catch-all-404",
        t.TUNNEL_CONFIG,
        {"config": {"ingresses": [{"hostname": HOST, "service": "http://nginx"}]}},
    ),
    "class with key-value storage": (
        "do-new-class-is-sqlite",
        t.WORKERS_SCRIPT,
        {"migrations": {"newTag": "v1", "newClasses": ["SessionStateDO"]}},
    ),
    "consumer without dead letters": (
        "queue-consumer-has-dlq",
        t.QUEUE_CONSUMER,
        {"queueId": "q", "settings": {"maxRetries": 3}},
    ),
}


@pytest.mark.parametrize("name", INSECURE)
def test_is_stopped_in_production(name):
    rule_id, kind, props = INSECURE[name]

    assert messages(analyzer().Analyze(request(kind, props), None), rule_id)
    assert REGISTRY[rule_id].level("production") is Level.MANDATORY


def test_a_tunnelled_host_with_access_unset_is_found():
    alone = analyzer().AnalyzeStack(stack_request({"config": TUNNEL_CONFIG}), None)
    guarded = {"config": TUNNEL_CONFIG, "app": APPLICATION}

    assert messages(alone, "graph-tunnel-behind-access")
    assert not messages(
        analyzer().AnalyzeStack(stack_request(guarded), None), "graph-tunnel-behind-access"
    )


def test_a_zone_without_any_minimum_is_found():
    strict = Node(t.ZONE_SETTING, {"zoneId": "z", "settingId": "ssl", "value": "strict"})
    found = messages(
        analyzer().AnalyzeStack(stack_request({"ssl": strict}), None), "graph-zone-baseline"
    )

    assert any("min_tls_version 0 times" in message for message in found)


def test_a_wildcard_origin_is_allowed_in_staging_by_waiver_only():
    waiver = {
        "rule": "worker-no-wildcard-origin",
        "resource": "subject",
        "reason": "the clients of the staging API are not known yet",
        "expires": ahead(60),
    }
    server = analyzer({"meta-waivers": {"waivers": [waiver]}})
    answer = server.Analyze(request(t.WORKERS_SCRIPT, INSECURE["CORS_ORIGIN *"][2]), None)

    assert REGISTRY["worker-no-wildcard-origin"].level("staging") is Level.MANDATORY
    assert messages(answer, "worker-no-wildcard-origin") == []
