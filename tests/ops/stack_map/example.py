"""A program of five systems that has every kind of host there is, by the SDK's own classes."""

import pulumi

from components.sdk import cloudflare as cf
from planning.exposure.exposure import map_of
from planning.exposure.model import Exposure, SystemFacts
from planning.exposure.zones import Zone

ACCOUNT, ZONE, OTHER = "0" * 32, "1" * 32, "2" * 32
CANARY = "hunter2-of-the-map"
HOSTILE = '<script>alert("owned")</script>'
ZONES = (
    Zone("example.org", ZONE, "pro", "production"),
    Zone("other.net", OTHER, "free", "staging"),
)
SYSTEMS = tuple(
    SystemFacts(name, name.title()) for name in ("shop", "desk", "files", "mail", "old")
)


class System(pulumi.ComponentResource):
    """Stands above what a system has."""

    def __init__(self, name: str, kind: str = "System", parent: pulumi.Resource | None = None):
        super().__init__(f"chittyos:system:{kind}", name, {}, pulumi.ResourceOptions(parent=parent))
        self.opts = pulumi.ResourceOptions(parent=self)


def program() -> None:
    """Register all of it."""
    above = System("platform", "Platform")
    _shop(System("shop", parent=above).opts)
    _desk(System("desk", parent=above).opts)
    _files(System("files", parent=above).opts)
    _mail(System("mail", parent=above).opts)
    _old(System("old", parent=above).opts)
    _zone(above.opts)


def _shop(opts: pulumi.ResourceOptions) -> None:
    """Register a script with sealed bindings, domains, a route, a cron and a queue."""
    stores = [
        cf.WorkersKvNamespace(f"shop-{n}", account_id=ACCOUNT, title=f"shop-{n}", opts=opts)
        for n in ("carts", "prices")
    ]
    queue = cf.Queue("shop-orders", account_id=ACCOUNT, queue_name="shop-orders", opts=opts)
    database = cf.D1Database("shop-data", account_id=ACCOUNT, name="shop-data", opts=opts)
    script = cf.WorkersScript(
        "shop-worker",
        account_id=ACCOUNT,
        script_name="shop",
        main_module="index.mjs",
        content="export default {}",
        bindings=[
            {"name": "CARTS", "type": "kv_namespace", "namespace_id": stores[0].id},
            {"name": "DATA", "type": "d1", "database_id": database.id},
            {"name": "KEY", "type": "secret_text", "text": pulumi.Output.secret(CANARY)},
            {"name": "MODE", "type": "plain_text", "text": CANARY},
            {"name": "ORDERS", "type": "queue", "queue_name": queue.queue_name},
            {"name": "PRICES", "type": "kv_namespace", "namespace_id": stores[1].id},
            {"name": "ROOM", "type": "durable_object_namespace", "class_name": "Room"},
            {"name": "DESK", "type": "service", "service": "desk"},
        ],
        opts=opts,
    )
    _named_hosts(script, [f"shop-{n:02}.example.org" for n in range(12)], opts)
    cf.WorkersRoute(
        "shop-route",
        zone_id=ZONE,
        pattern="*.other.net/shop/*",
        script=script.script_name,
        opts=opts,
    )
    cf.WorkersScriptSubdomain(
        "shop-subdomain",
        account_id=ACCOUNT,
        script_name=script.script_name,
        enabled=False,
        previews_enabled=False,
        opts=opts,
    )
    cf.WorkersCronTrigger(
        "shop-cron",
        account_id=ACCOUNT,
        script_name=script.script_name,
        schedules=[{"cron": "*/5 * * * *"}],
        opts=opts,
    )
    cf.QueueConsumer(
        "shop-consumer",
        account_id=ACCOUNT,
        queue_id=queue.queue_id,
        script_name=script.script_name,
        type="worker",
        dead_letter_queue="shop-lost",
        opts=opts,
    )


def _named_hosts(script: cf.WorkersScript, hosts: list[str], opts: pulumi.ResourceOptions) -> None:
    for host in hosts:
        cf.WorkersCustomDomain(
            f"domain-{host}",
            account_id=ACCOUNT,
            zone_id=ZONE,
            hostname=host,
            service=script.script_name,
            opts=opts,
        )


def _desk(opts: pulumi.ResourceOptions) -> None:
    """Register a worker of versions behind Access as a worker, with one open path."""
    worker = cf.Worker(
        "desk-worker",
        account_id=ACCOUNT,
        name="desk",
        subdomain={"enabled": True, "previews_enabled": True},
        opts=opts,
    )
    bucket = cf.R2Bucket("desk-papers", account_id=ACCOUNT, name="desk-papers", opts=opts)
    version = cf.WorkerVersion(
        "desk-version",
        account_id=ACCOUNT,
        worker_id=worker.id,
        bindings=[{"name": "PAPERS", "type": "r2_bucket", "bucket_name": bucket.name}],
        opts=opts,
    )
    cf.WorkersDeployment(
        "desk-deployment",
        account_id=ACCOUNT,
        script_name=worker.name,
        strategy="percentage",
        versions=[{"version_id": version.id, "percentage": 100}],
        opts=opts,
    )
    cf.WorkersCustomDomain(
        "desk-domain",
        account_id=ACCOUNT,
        zone_id=ZONE,
        hostname="desk.example.org",
        service=worker.name,
        opts=opts,
    )
    _desk_access(worker, opts)


def _desk_access(worker: cf.Worker, opts: pulumi.ResourceOptions) -> None:
    token = cf.ZeroTrustAccessServiceToken(
        "desk-token", account_id=ACCOUNT, name="robot", opts=opts
    )
    group = cf.ZeroTrustAccessGroup(
        "desk-group",
        account_id=ACCOUNT,
        name="staff",
        includes=[{"email_domain": {"domain": "example.org"}}],
        opts=opts,
    )
    people = cf.ZeroTrustAccessPolicy(
        "desk-people",
        account_id=ACCOUNT,
        name="people",
        decision="allow",
        includes=[{"group": {"id": group.id}}],
        requires=[{"geo": {"country_code": "DE"}}],
        opts=opts,
    )
    machines = cf.ZeroTrustAccessPolicy(
        "desk-machines",
        account_id=ACCOUNT,
        name="machines",
        decision="non_identity",
        includes=[{"service_token": {"token_id": token.id}}],
        opts=opts,
    )
    everyone = cf.ZeroTrustAccessPolicy(
        "desk-open",
        account_id=ACCOUNT,
        name="open",
        decision="bypass",
        includes=[{"everyone": {}}],
        opts=opts,
    )
    cf.ZeroTrustAccessApplication(
        "desk-app",
        account_id=ACCOUNT,
        name="Desk",
        type="self_hosted",
        destinations=[
            {"type": "worker", "worker_id": worker.id},
            {"type": "public", "uri": "desk.example.org"},
        ],
        policies=[{"id": people.id, "precedence": 2}, {"id": machines.id, "precedence": 1}],
        opts=opts,
    )
    cf.ZeroTrustAccessApplication(
        "desk-status",
        account_id=ACCOUNT,
        name="Status",
        type="self_hosted",
        domain="desk.example.org/status",
        policies=[{"id": everyone.id, "precedence": 1}],
        opts=opts,
    )


def _files(opts: pulumi.ResourceOptions) -> None:
    """Register a bucket that anyone reaches; its name is no friend of markup."""
    bucket = cf.R2Bucket("files", account_id=ACCOUNT, name=HOSTILE, opts=opts)
    cf.R2CustomDomain(
        "files-domain",
        account_id=ACCOUNT,
        bucket_name=bucket.name,
        domain="files.example.org",
        enabled=True,
        zone_id=ZONE,
        opts=opts,
    )
    cf.R2ManagedDomain(
        "files-managed", account_id=ACCOUNT, bucket_name=bucket.name, enabled=True, opts=opts
    )


def _mail(opts: pulumi.ResourceOptions) -> None:
    """Register a tunnel with an open, a closed and an unopened host, and a balancer."""
    tunnel = cf.ZeroTrustTunnelCloudflared(
        "mail-tunnel", account_id=ACCOUNT, name="mail", opts=opts
    )
    cf.ZeroTrustTunnelCloudflaredConfig(
        "mail-config",
        account_id=ACCOUNT,
        tunnel_id=tunnel.id,
        config={
            "ingresses": [
                {"hostname": "mail.example.org", "service": f"http://u:{CANARY}@nginx:8080"},
                {"hostname": "gone.example.org", "service": "http_status:404"},
                {"hostname": "unopened.example.org", "service": "http://nginx:8081"},
                {"service": "http_status:404"},
            ]
        },
        opts=opts,
    )
    for host in ("mail.example.org", "gone.example.org"):
        cf.DnsRecord(
            f"mail-{host}",
            zone_id=ZONE,
            name=host,
            type="CNAME",
            content=tunnel.id.apply(lambda known: f"{known}.cfargotunnel.com"),
            proxied=True,
            ttl=1,
            opts=opts,
        )
    pool = cf.LoadBalancerPool(
        "mail-pool",
        account_id=ACCOUNT,
        name="mail-servers",
        origins=[{"name": n, "address": f"{n}.example.org"} for n in ("east", "west")],
        opts=opts,
    )
    cf.LoadBalancer(
        "mail-balancer",
        zone_id=ZONE,
        name="balanced.example.org",
        default_pools=[pool.id],
        fallback_pool=pool.id,
        proxied=True,
        opts=opts,
    )


def _old(opts: pulumi.ResourceOptions) -> None:
    """Register a worker protected by the name of a host, whose versions answer beside it."""
    script = cf.WorkersScript(
        "old-worker",
        account_id=ACCOUNT,
        script_name="old",
        main_module="index.mjs",
        content="export default {}",
        bindings=[],
        opts=opts,
    )
    _named_hosts(script, ["old.example.org"], opts)
    cf.WorkersScriptSubdomain(
        "old-subdomain",
        account_id=ACCOUNT,
        script_name=script.script_name,
        enabled=False,
        previews_enabled=True,
        opts=opts,
    )
    cf.ZeroTrustAccessApplication(
        "old-app",
        account_id=ACCOUNT,
        name="Old admin",
        type="self_hosted",
        domain="old.example.org/admin",
        policies=[{"decision": "allow", "includes": [{"email": {"email": "root@example.org"}}]}],
        opts=opts,
    )
    cf.DnsRecord(
        "old-server",
        zone_id=OTHER,
        name="server.other.net",
        type="A",
        content="203.0.113.7",
        proxied=False,
        ttl=1,
        opts=opts,
    )


def _zone(opts: pulumi.ResourceOptions) -> None:
    cf.Ruleset(
        "custom",
        zone_id=ZONE,
        kind="zone",
        name="custom",
        phase="http_request_firewall_custom",
        rules=[
            {
                "ref": "shop_probes",
                "action": "block",
                "expression": '(http.host in {"shop-00.example.org" "shop-01.example.org"}) and '
                '(http.request.uri.path contains "/.env")',
                "enabled": True,
            },
            {"ref": "off", "action": "block", "expression": "true", "enabled": False},
        ],
        opts=opts,
    )
    cf.DnsRecord(
        "caa",
        zone_id=ZONE,
        name="example.org",
        type="CAA",
        data={"flags": 0, "tag": "issue", "value": "letsencrypt.org"},
        ttl=1,
        opts=opts,
    )


def drawn() -> Exposure:
    """Return the map of the example, as the command makes it of a program."""
    from ops.stack_map.planned_resources import registered  # noqa: PLC0415 - the SDK is slow to load

    return map_of(registered(program, "production"), ZONES, SYSTEMS)
