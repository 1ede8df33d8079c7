"""Type tokens of the resources that rules check; a test checks each against the installed SDKs."""


def cloudflare(name: str) -> str:
    """Token of a Cloudflare resource: `r2Bucket` is `cloudflare:index/r2Bucket:R2Bucket`."""
    return f"cloudflare:index/{name}:{name[0].upper()}{name[1:]}"


def docker(name: str) -> str:
    """Token of a Docker resource."""
    return f"docker:index/{name}:{name[0].upper()}{name[1:]}"


STACK = "pulumi:pulumi:Stack"
CLOUDFLARE_PROVIDER = "pulumi:providers:cloudflare"
DOCKER_PROVIDER = "pulumi:providers:docker"
COMPONENT_WORKER = "chittyos:cloudflare:Worker"
ZONE_SETTINGS = "chittyos:cloudflare:ZoneSettings"
"""The component that sets a zone's baseline; it shows the zone's id and its plan."""

WORKERS_SCRIPT = cloudflare("workersScript")
WORKER_VERSION = cloudflare("workerVersion")
WORKER = cloudflare("worker")
WORKER_SUBDOMAIN = cloudflare("workersScriptSubdomain")
WORKER_ROUTE = cloudflare("workersRoute")
WORKER_DOMAIN = cloudflare("workersCustomDomain")
PAGES_PROJECT = cloudflare("pagesProject")
KV_NAMESPACE = cloudflare("workersKvNamespace")
KV_ENTRY = cloudflare("workersKv")
D1_DATABASE = cloudflare("d1Database")
HYPERDRIVE = cloudflare("hyperdriveConfig")
QUEUE = cloudflare("queue")
QUEUE_CONSUMER = cloudflare("queueConsumer")
SECRETS_STORE = cloudflare("secretsStore")

R2_BUCKET = cloudflare("r2Bucket")
R2_CORS = cloudflare("r2BucketCors")
R2_LIFECYCLE = cloudflare("r2BucketLifecycle")
R2_LOCK = cloudflare("r2BucketLock")
R2_MANAGED_DOMAIN = cloudflare("r2ManagedDomain")
R2_CUSTOM_DOMAIN = cloudflare("r2CustomDomain")

ACCESS_APPLICATION = cloudflare("zeroTrustAccessApplication")
ACCESS_POLICY = cloudflare("zeroTrustAccessPolicy")
ACCESS_GROUP = cloudflare("zeroTrustAccessGroup")
ACCESS_TOKEN = cloudflare("zeroTrustAccessServiceToken")
IDENTITY_PROVIDER = cloudflare("zeroTrustAccessIdentityProvider")
ORGANIZATION = cloudflare("zeroTrustOrganization")

TUNNEL = cloudflare("zeroTrustTunnelCloudflared")
TUNNEL_CONFIG = cloudflare("zeroTrustTunnelCloudflaredConfig")
TUNNEL_ROUTE = cloudflare("zeroTrustTunnelCloudflaredRoute")

ZONE = cloudflare("zone")
ZONE_SETTING = cloudflare("zoneSetting")
HOSTNAME_TLS = cloudflare("hostnameTlsSetting")
UNIVERSAL_SSL = cloudflare("universalSslSetting")
DNSSEC = cloudflare("zoneDnssec")
DNS_RECORD = cloudflare("dnsRecord")
RULESET = cloudflare("ruleset")
ORIGIN_PULLS = cloudflare("authenticatedOriginPullsSettings")
LOAD_BALANCER = cloudflare("loadBalancer")
POOL = cloudflare("loadBalancerPool")
MONITOR = cloudflare("loadBalancerMonitor")
LOGPUSH_JOB = cloudflare("logpushJob")

ACCOUNT = cloudflare("account")
ACCOUNT_MEMBER = cloudflare("accountMember")
API_TOKEN = cloudflare("apiToken")
ACCOUNT_TOKEN = cloudflare("accountToken")
NOTIFICATION = cloudflare("notificationPolicy")
WEBHOOK = cloudflare("notificationPolicyWebhooks")
ACCESS_RULE = cloudflare("accessRule")

CONTAINER = docker("container")
REMOTE_IMAGE = docker("remoteImage")
REGISTRY_IMAGE = docker("registryImage")
SERVICE = docker("service")
DOCKER_NETWORK = docker("network")
DOCKER_VOLUME = docker("volume")

SCRIPTS = (WORKERS_SCRIPT, WORKER_VERSION)

ALIASES = {
    cloudflare(old): cloudflare(new)
    for old, new in {
        "accessApplication": "zeroTrustAccessApplication",
        "accessCaCertificate": "zeroTrustAccessShortLivedCertificate",
        "accessCustomPage": "zeroTrustAccessCustomPage",
        "accessGroup": "zeroTrustAccessGroup",
        "accessIdentityProvider": "zeroTrustAccessIdentityProvider",
        "accessKeysConfiguration": "zeroTrustAccessKeyConfiguration",
        "accessMutualTlsCertificate": "zeroTrustAccessMtlsCertificate",
        "accessMutualTlsHostnameSettings": "zeroTrustAccessMtlsHostnameSettings",
        "accessOrganization": "zeroTrustOrganization",
        "accessPolicy": "zeroTrustAccessPolicy",
        "accessServiceToken": "zeroTrustAccessServiceToken",
        "accessTag": "zeroTrustAccessTag",
        "deviceManagedNetworks": "zeroTrustDeviceManagedNetworks",
        "devicePostureIntegration": "zeroTrustDevicePostureIntegration",
        "devicePostureRule": "zeroTrustDevicePostureRule",
        "dlpCustomProfile": "zeroTrustDlpCustomProfile",
        "dlpPredefinedProfile": "zeroTrustDlpPredefinedProfile",
        "managedHeaders": "managedTransforms",
        "record": "dnsRecord",
        "riskBehavior": "zeroTrustRiskBehavior",
        "staticRoute": "magicWanStaticRoute",
        "teamsAccount": "zeroTrustGatewaySettings",
        "teamsList": "zeroTrustList",
        "teamsLocation": "zeroTrustDnsLocation",
        "teamsProxyEndpoint": "zeroTrustGatewayProxyEndpoint",
        "teamsRule": "zeroTrustGatewayPolicy",
        "tunnel": "zeroTrustTunnelCloudflared",
        "tunnelConfig": "zeroTrustTunnelCloudflaredConfig",
        "tunnelRoute": "zeroTrustTunnelCloudflaredRoute",
        "tunnelVirtualNetwork": "zeroTrustTunnelCloudflaredVirtualNetwork",
        "workerCronTrigger": "workersCronTrigger",
        "workerDomain": "workersCustomDomain",
        "workerScript": "workersScript",
        "workersForPlatformsNamespace": "workersForPlatformsDispatchNamespace",
        "zeroTrustLocalFallbackDomain": "zeroTrustDeviceCustomProfileLocalDomainFallback",
    }.items()
}
"""Deprecated twins that the provider still carries, to the token that replaced each."""


def canonical(token: str) -> str:
    """Return the current token of a type, whichever twin the program used."""
    return ALIASES.get(token, token)
