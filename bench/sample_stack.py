"""A platform in small, as the engine would show it to the policy pack: what the bench measures."""

from collections.abc import Iterator
from typing import Any

from harness.policy_pack import Node, Nodes, request, stack_request
from policies.pack import type_tokens as t

BINDINGS = 20
CONTAINER = {
    "name": "nginx",
    "image": "docker.io/library/nginx:1.27.5@sha256:" + "0f" * 32,
    "user": "101:101",
    "readOnly": True,
    "memory": 128,
    "cpus": "0.5",
    "restart": "unless-stopped",
    "healthcheck": {"tests": ["CMD", "wget", "-q", "http://127.0.0.1:8080/health"]},
    "networksAdvanced": [{"name": "connect"}],
    "securityOpts": ["no-new-privileges:true"],
    "capabilities": {"drops": ["ALL"], "adds": ["CAP_NET_BIND_SERVICE"]},
    "envs": ["MODE=production", "OP_SESSION=/home/opuser/credentials.json"],
    "command": ["nginx", "-g", "daemon off;"],
    "labels": [{"label": "team", "value": "platform"}],
    "volumes": [{"hostPath": "/srv/nginx", "containerPath": "/etc/nginx", "readOnly": True}],
    "ports": [{"internal": 8080, "external": 8080, "ip": "127.0.0.1"}],
    "uploads": [{"file": "/etc/nginx/nginx.conf", "permissions": "0600", "content": "events {}"}],
}


def worker() -> Any:
    """Return the engine's question about a worker with twenty plain bindings."""
    return request(t.WORKERS_SCRIPT, _script("w"))


def container() -> Any:
    """Return the engine's question about a container with something of everything."""
    return request(t.CONTAINER, CONTAINER)


def resources(count: int) -> Iterator[Any]:
    """Yield *count* resources of systems that are alike, each with a host of its own."""
    made = 0
    while made < count:
        for resource in stack_request(_system(f"s{made}.example.net")).resources:
            if made == count:
                return
            resource.urn = f"{resource.urn}-{made}"
            made += 1
            yield resource


def _script(name: str) -> dict[str, Any]:
    bindings = [
        {"type": "plain_text", "name": f"SETTING_{n}", "text": f"value {n}"}
        for n in range(BINDINGS)
    ]
    return {"scriptName": name, "compatibilityDate": "2026-11-01", "bindings": bindings}


def _system(host: str) -> Nodes:
    route = {"zoneId": "z", "pattern": f"{host}/*", "script": host}
    access = {"type": "self_hosted", "domain": host, "policies": [{"id": "p"}]}
    ingress = [{"hostname": host, "service": "http://nginx"}, {"service": "http_status:404"}]
    policy = {"decision": "non_identity", "includes": [{"serviceToken": {"tokenId": "t"}}]}
    limit = {
        "action": "block",
        "expression": f'http.host eq "{host}"',
        "ratelimit": {"characteristics": ["ip.src"], "period": 60, "requestsPerPeriod": 100},
    }
    return {
        "worker": Node(t.WORKERS_SCRIPT, _script(host)),
        "switch": Node(t.WORKER_SUBDOMAIN, {"scriptName": host, "enabled": False}),
        "route": Node(t.WORKER_ROUTE, route, {"script": ["worker"]}),
        "record": Node(t.DNS_RECORD, {"name": host, "type": "CNAME", "proxied": True}),
        "bucket": Node(t.R2_BUCKET, {"name": f"{host}-documents"}),
        "lifecycle": Node(t.R2_LIFECYCLE, {"bucketName": f"{host}-documents", "rules": []}),
        "namespace": Node(t.KV_NAMESPACE, {"title": host}),
        "queue": Node(t.QUEUE, {"queueName": host}),
        "consumer": Node(t.QUEUE_CONSUMER, {"scriptName": host}, {"queueId": ["queue"]}),
        "application": Node(t.ACCESS_APPLICATION, access, {"policies": ["policy"]}),
        "policy": Node(t.ACCESS_POLICY, policy),
        "tunnel": Node(t.TUNNEL_CONFIG, {"config": {"ingresses": ingress}}),
        "limits": Node(t.RULESET, {"phase": "http_ratelimit", "rules": [limit]}),
        "setting": Node(t.ZONE_SETTING, {"zoneId": "z", "settingId": "ssl", "value": "strict"}),
        "container": Node(t.CONTAINER, CONTAINER),
    }
