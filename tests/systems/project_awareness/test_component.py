"""What Project Awareness registers in each stack, and what its block refuses."""

import hashlib
import json
from decimal import Decimal
from functools import partial

import pytest

from planning.cost import Reading, estimate
from planning.demand import Demand, total_demand
from planning.plans import Plan
from planning.prices import PRICES
from systems.platform import build
from systems.project_awareness.component import CONTEXT, OBJECTS, rate_limits, secrets_of
from systems.project_awareness.operations import ASKED_A_RUN, WATCHED_MONTH, demand
from systems.project_awareness.rates import Rates
from systems.project_awareness.settings import SCOPES, ProjectAwarenessSecrets
from systems.project_awareness.system import SYSTEM
from tests.config.examples import ROOT, SECRETS, good, loaded, one, put
from tests.support import deploy, own_bindings

NAME = "project_awareness"
WORKER = f"WorkersScript {NAME}-worker"
STACKS = ["development", "pr-7", "staging", "production"]
SCRIPTS = {
    "development": "chittyops-project-awareness-development",
    "pr-7": "chittyops-project-awareness-pr-7",
    "staging": "chittyops-project-awareness-staging",
    "production": "chittyops-project-awareness",
}
HOSTS = {
    "development": "project-awareness-development.chitty.cc",
    "pr-7": "project-awareness-pr-7.chitty.cc",
    "staging": "project-awareness-staging.chitty.cc",
    "production": "project-awareness.chitty.cc",
}
TITLES = {
    "development": "development",
    "pr-7": "pr-7",
    "staging": "staging",
    "production": "prod",
}
HOLDERS = [
    WORKER,
    f"WorkersKvNamespace {NAME}-sessions",
    f"WorkersKvNamespace {NAME}-projects",
    f"WorkersKvNamespace {NAME}-sync",
    f"R2Bucket {NAME}-project-data",
    f"R2Bucket {NAME}-analytics",
]
DATASETS = {
    "USAGE_ANALYTICS": "usage",
    "PERFORMANCE_METRICS": "performance",
    "SECURITY_EVENTS": "security",
}


@pytest.fixture(scope="module")
def stacks():
    """Deploy every stack once into a recording."""
    return {stack: deploy(partial(build, loaded(stack)), stack=stack) for stack in STACKS}


def bindings(resources):
    return own_bindings(resources[WORKER].inputs["bindings"]["value"])


def text(resources, name):
    return bindings(resources)[name]["text"]


@pytest.mark.parametrize("stack", STACKS)
def test_it_is_the_worker_of_the_source(stacks, stack):
    """PA-1: its date stays, with the one flag, smart placement, 100,000 ms of CPU."""
    inputs = stacks[stack][WORKER].inputs

    assert inputs["scriptName"] == SCRIPTS[stack]
    assert inputs["compatibilityDate"] == "2024-08-29"
    assert inputs["compatibilityFlags"] == ["nodejs_compat"]
    assert inputs["limits"]["cpuMs"] == 100_000
    assert inputs["placement"] == {"mode": "smart"}


@pytest.mark.parametrize("stack", STACKS)
def test_it_answers_at_its_host_and_below_a_host_of_others(stacks, stack):
    """PA-2: a path is no custom domain, so it is a route."""
    host = HOSTS[stack]
    domain = stacks[stack][f"WorkersCustomDomain {NAME}-worker-{host}"].inputs
    shared = host.replace("project-awareness", "api") + "/project-awareness/*"
    routes = [each.inputs["pattern"] for each in stacks[stack].values() if "Route" in each.type]

    assert (domain["hostname"], domain["service"]) == (host, SCRIPTS[stack])
    assert shared in routes


@pytest.mark.parametrize("stack", STACKS)
def test_the_worker_has_what_it_reads_and_nothing_else(stacks, stack):
    code = (ROOT / f"systems/{NAME}/workers/awareness/env.ts").read_text()
    lines = [line.strip() for line in code.splitlines() if line.endswith(";")]
    needed = {line.partition(":")[0] for line in lines if "?:" not in line}
    optional = {line.partition("?:")[0] for line in lines if "?:" in line}

    assert set(bindings(stacks[stack])) == needed
    assert optional == {"LOAD_TEST_KEY", "BACKUP_KEY"}


def test_the_variables_are_those_of_the_source(stacks):
    """PA-3: staging has shorter sessions, more requests, and every page, which is waived."""
    production, staging = stacks["production"], stacks["staging"]
    pages = "https://claude.ai,https://chat.openai.com,https://chatgpt.com"

    assert text(production, "CORS_ORIGIN") == pages
    assert text(staging, "CORS_ORIGIN") == "*"
    for name, (real, trial) in {
        "ENVIRONMENT": ("production", "staging"),
        "CHITTY_REGISTRY_URL": ("https://registry.chitty.cc", "https://registry-staging.chitty.cc"),
        "SESSION_TIMEOUT": ("3600", "1800"),
        "RATE_LIMIT_RPM": ("2000", "5000"),
        "MAX_SESSIONS_PER_IP": ("25", "25"),
        "MAX_SOCKETS_PER_IP": ("10", "10"),
        "CACHE_TTL": ("1800", "1800"),
        "EDGE_CACHE_TTL": ("300", "300"),
    }.items():
        assert (text(production, name), text(staging, name)) == (real, trial)


def test_the_classes_are_made_once_each_with_sqlite(stacks):
    """PA-4."""
    made = stacks["production"][WORKER].inputs["migrations"]
    steps = [step for step in made["steps"] if step.get("newSqliteClasses")]

    assert made["newTag"] == "v1"
    assert [sorted(step["newSqliteClasses"]) for step in steps] == [sorted(OBJECTS.values())]
    for name, class_name in OBJECTS.items():
        assert bindings(stacks["production"])[name]["className"] == class_name


@pytest.mark.parametrize("stack", STACKS)
def test_its_stores_are_those_of_the_source(stacks, stack):
    """PA-5, PA-6."""
    resources, end = stacks[stack], TITLES[stack]
    for name in ("sessions", "projects", "sync"):
        title = resources[f"WorkersKvNamespace {NAME}-{name}"].inputs["title"]
        assert title == f"chittyops_{name}_{end}"
    for name in ("project-data", "analytics"):
        assert resources[f"R2Bucket {NAME}-{name}"].inputs["name"] == f"chittyops-{name}-{end}"
        assert resources[f"R2ManagedDomain {NAME}-{name}-managed-domain"].inputs["enabled"] is False


@pytest.mark.parametrize("stack", STACKS)
def test_its_datasets_are_those_of_the_source(stacks, stack):
    """PA-12: and each stack has its own, by a name that SQL takes."""
    bound = bindings(stacks[stack])
    end = TITLES[stack].replace("-", "_")

    for binding, name in DATASETS.items():
        assert bound[binding]["type"] == "analytics_engine"
        assert bound[binding]["dataset"] == f"chittyops_{name}_{end}"


def test_context_ages_and_events_do_not(stacks):
    """PA-6: 30 and 90 days; no rule deletes events."""
    day = 86_400
    production = stacks["production"]
    (rule,) = production[f"R2BucketLifecycle {NAME}-project-data-lifecycle"].inputs["rules"]

    assert rule["conditions"] == {"prefix": CONTEXT}
    assert rule["storageClassTransitions"][0]["condition"]["maxAge"] == 30 * day
    assert rule["deleteObjectsTransition"]["condition"]["maxAge"] == 90 * day
    assert production[f"R2BucketLifecycle {NAME}-analytics-lifecycle"].inputs["rules"] == []


@pytest.mark.parametrize("stack", STACKS)
def test_no_page_of_everybody_reaches_the_bucket(stacks, stack):
    (rule,) = stacks[stack][f"R2BucketCors {NAME}-project-data-cors"].inputs["rules"]

    assert rule["allowed"]["origins"][0] == f"https://{HOSTS[stack]}"
    assert "*" not in rule["allowed"]["origins"]
    assert rule["allowed"]["methods"] == ["GET", "HEAD"]


@pytest.mark.parametrize("holder", HOLDERS)
@pytest.mark.parametrize("stack", STACKS)
def test_data_stays_outside_development(stacks, stack, holder):
    stays = stack in {"staging", "production"}

    assert stacks[stack][holder].protect is stays
    assert stacks[stack][holder].retain is stays


def test_the_worker_knows_the_service_token_by_its_hash_alone():
    issued = [{"id": "a", "sha256": "ab" * 32, "scopes": ["projects:read"]}]
    given = {
        "API_TOKENS": json.dumps(issued),
        "SERVICE_TOKEN": "s" * 20 + "t" * 20,
        "SIGNING_KEY": "u" * 20 + "v" * 20,
    }
    secrets = secrets_of(ProjectAwarenessSecrets.model_validate(given))
    written = json.loads(str(secrets["API_TOKENS"].value))
    digest = hashlib.sha256(given["SERVICE_TOKEN"].encode()).hexdigest()

    assert written == [*issued, {"id": "service", "sha256": digest, "scopes": list(SCOPES)}]


def test_fifty_users_have_a_token_each_and_a_revoked_half_takes_its_secret_away():
    """PA-7: the list is one secret of the stack, and as many of the worker as it takes."""
    issued = [
        {
            "id": f"user-{number:02}",
            "sha256": f"{number:064}",
            "scopes": list(SCOPES),
            "owners": [f"CHITTY-{number:02}"],
        }
        for number in range(50)
    ]
    many, few = _token_lists(issued), _token_lists(issued[:20])

    assert many.keys() == {"API_TOKENS", "API_TOKENS_2"}
    assert few.keys() == {"API_TOKENS"}
    for lists, expected in ((many, issued), (few, issued[:20])):
        known = [entry["id"] for name in sorted(lists) for entry in json.loads(lists[name])]
        assert known == [*(entry["id"] for entry in expected), "service"]


def _token_lists(issued):
    """Deploy it with the tokens *issued*; give the secrets with their lists, by name."""
    config = loaded(**{f"{NAME}:API_TOKENS": json.dumps(issued)})
    given = bindings(deploy(partial(build, config), stack="development"))
    return {name: it["text"] for name, it in given.items() if name.startswith("API_TOKENS")}


def test_limits_are_written_as_the_worker_reads_them():
    """PA-9."""
    assert json.loads(rate_limits(Rates())) == {
        "all": [2000, 100],
        "strangers": [100, 100],
        "auth": [60, 10],
        "suggestions": [300, 50],
        "sessions": [500, 25],
        "sockets": [25, 10],
    }


SPOILED = {
    "memory (PA-1)": (f"{NAME}:worker.memory_mb", 512, "a worker has 128 MB"),
    "a flag that the date implies (PA-1)": (
        f"{NAME}:worker.compatibility_flags",
        ["nodejs_compat", "streams_enable_constructors"],
        "streams_enable_constructors is the default since 2022-11-30",
    ),
    "concurrency (PA-4)": (f"{NAME}:worker.max_concurrent_requests", 100, "by their key"),
    "scaling (PA-4)": (f"{NAME}:worker.auto_scaling", {"max": 3}, "as they are asked for"),
    "a strategy (PA-4)": (f"{NAME}:worker.migration_strategy", "rolling", "sealed history"),
    "a retired plan (PA-16)": (f"{NAME}:worker.usage_model", "bundled", "is retired"),
    "consistency (PA-5)": (f"{NAME}:stores.sessions.consistency", "strong", "Durable Objects"),
    "a class of KV (PA-5)": (f"{NAME}:stores.sync.storage_class", "hot", "no storage classes"),
    "glacier (PA-6)": (f"{NAME}:project_data.glacier_after_days", 90, "below Infrequent Access"),
    "compression (PA-6)": (f"{NAME}:analytics.compression", "gzip", "R2 does not compress"),
    "memory as a metric (PA-12)": (
        f"{NAME}:datasets.memory_usage_patterns",
        "chittyops_memory",
        "is not told what memory it uses",
    ),
    "memory as a threshold (PA-13)": (
        f"{NAME}:thresholds.memory_mb",
        400,
        "400 MB or any other memory cannot be measured",
    ),
    "a dataset that SQL cannot name (PA-12)": (
        f"{NAME}:datasets.usage",
        "chittyops-usage",
        "queries name it as a table",
    ),
    "a dataset for two things (PA-12)": (
        f"{NAME}:datasets.security",
        "chittyops_usage_{stack_}",
        "dataset 'chittyops_usage_development' is taken",
    ),
    "more than every request (PA-12)": (f"{NAME}:thresholds.errors", 1.5, "from 0.00 to 1.00"),
    "ages the wrong way round": (
        f"{NAME}:project_data.infrequent_after_days",
        90,
        "objects are deleted after 90 days",
    ),
    "fewer WebSockets than may come at once (PA-9)": (
        f"{NAME}:limits.sockets_open",
        9,
        "10 may be opened at once",
    ),
    "a path as custom domain (PA-2)": (
        f"{NAME}:host",
        "api.chitty.cc/project-awareness",
        "host name",
    ),
    "a route that the worker does not know": (
        f"{NAME}:worker.routes",
        ["api.chitty.cc/awareness/*"],
        "answers below /project-awareness/",
    ),
    "every page and one": (f"{NAME}:cors_origins", ["*", "https://claude.ai"], "is every page"),
    "no page": (f"{NAME}:cors_origins", [], "at least one entry"),
    "a page without TLS": (f"{NAME}:cors_origins", ["http://claude.ai"], "http:// only for"),
    "a service without TLS": (
        f"{NAME}:services.registry_url",
        "http://registry.chitty.cc",
        "https://",
    ),
    "no address": (f"{NAME}:edge.watched_addresses", ["10.0.0.5/8"], "no address or network"),
    "a short session": (f"{NAME}:sessions.timeout_seconds", 59, "60"),
    "no limit": (f"{NAME}:limits.auth_burst", 0, "more than 0"),
}


@pytest.mark.parametrize(("path", "value", "said"), SPOILED.values(), ids=SPOILED)
def test_what_its_block_refuses(path, value, said):
    where, found = one(put(good(), path, value))

    assert path.startswith(where) or where.startswith(path)
    assert said in found


NOT_IN_PRODUCTION = {
    "every page": ("cors_origins", ["*"], "name the pages"),
    "the key of load tests": ("LOAD_TEST_KEY", "l" * 20 + "k" * 20, "lifts limits"),
    "a page of a visitor's machine": ("cors_origins", ["http://localhost:3000"], "development"),
}


@pytest.mark.parametrize(
    ("path", "value", "said"), NOT_IN_PRODUCTION.values(), ids=NOT_IN_PRODUCTION
)
def test_what_production_refuses(path, value, said, monkeypatch):
    values = good("production")
    monkeypatch.setitem(SECRETS, f"{NAME}:LOAD_TEST_KEY", "known to be a secret")
    where, found = one({**values, f"{NAME}:{path}": value}, "production")

    assert where.startswith(f"{NAME}:{path}")
    assert said in found
    assert "llll" not in found


RULES = {
    "nothing": ({}, []),
    "addresses (b)": (
        {"watched_addresses": ["203.0.113.7", "198.51.100.0/24"]},
        [
            (
                "project_awareness_watched",
                "block",
                (
                    '(http.host eq "project-awareness-development.chitty.cc" or '
                    '(http.host eq "api-development.chitty.cc" and '
                    'starts_with(http.request.uri.path, "/project-awareness/"))) and '
                    '(http.request.uri.path contains "/sessions/" and not '
                    'any(http.request.headers.names[*] eq "authorization") and '
                    "ip.src in $project_awareness_watched)"
                ),
            )
        ],
    ),
    "pages (d)": (
        {"sync_origins": ["https://claude.ai", "https://chatgpt.com"]},
        [
            (
                "project_awareness_sync",
                "managed_challenge",
                (
                    '(http.host eq "project-awareness-development.chitty.cc" or '
                    '(http.host eq "api-development.chitty.cc" and '
                    'starts_with(http.request.uri.path, "/project-awareness/"))) and '
                    '(http.request.method eq "POST" and '
                    'ends_with(http.request.uri.path, "/api/projects/sync") and not '
                    'any(http.request.headers.names[*] eq "authorization") and not '
                    'any(http.request.headers["origin"][*] in '
                    '{"https://claude.ai" "https://chatgpt.com"}))'
                ),
            )
        ],
    ),
}


@pytest.mark.parametrize(("edge", "expected"), RULES.values(), ids=RULES)
def test_rules_of_the_edge(edge, expected):
    """PA-8 (b) and (d)."""
    config = loaded("development", **{f"{NAME}:edge": edge})
    made = SYSTEM.zone_rules(config.blocks[NAME].settings)

    assert [(rule.ref, rule.action, rule.expression) for rule in made] == expected


def test_limits_of_the_edge_come_with_the_plan_of_the_zone():
    """PA-8 (a) and (c): the free plan has neither, and the worker's own limits hold."""
    edge = {f"{NAME}:edge": {"challenge_strangers": True, "challenge_floods": True}}
    made = list(SYSTEM.zone_rules(loaded("development", **edge).blocks[NAME].settings))

    assert [rule.ref for rule in made] == [f"{NAME}_strangers", f"{NAME}_floods"]
    assert [rule.parameters["ratelimit"]["requests_per_period"] for rule in made] == [100, 1000]
    with pytest.raises(ValueError, match="the limit of the free plan is 1"):
        deploy(lambda: build(loaded("development", **edge)))


def test_the_points_of_the_source_are_verified():
    """PA-15: each endpoint, closed to strangers and open to the service's own token."""
    asked = {each.path.partition("?")[0] for each in SYSTEM.smoke}
    named = {
        "/health",
        "/api/info",
        "/api/auth/verify",
        "/api/projects/suggestions",
        "/api/sessions/register",
        "/api/sessions/statistics",
        "/api/projects/sync",
        "/ws",
    }

    assert named <= asked
    assert {each.bearer for each in SYSTEM.smoke} == {"", "SERVICE_TOKEN"}


def test_the_forecast_counts_objects_and_their_time():
    settings = loaded().blocks[NAME].settings.model_copy(update={"watch": None})
    asked = demand(settings)

    assert asked.worker_requests_month == 3_000_000
    requests_and_alarms = 800_000 + 100 * 288 * 30
    assert asked.do_gb_seconds_month == requests_and_alarms * Decimal("0.00256")
    assert asked.do_requests_month == requests_and_alarms + 100 * 2_880 * 30 / 20
    assert asked.kv_reads_day * 30 < asked.worker_requests_month
    assert asked.analytics_points_month == 3_800_000


ACCESS = {
    "groups": [{"name": "operators", "include": {"email_domains": ["chitty.cc"]}}],
    "policies": [{"name": "operators", "decision": "allow", "include": {"groups": ["operators"]}}],
}


def test_access_stands_before_a_path_at_both_of_its_hosts():
    """A path is answered at a host of others as well, which would be the way round."""
    guard = [{"name": "documents", "paths": ["/docs"], "policies": ["operators"]}]
    changes = {"chittyos:access": ACCESS, f"{NAME}:access": guard}
    made = deploy(partial(build, loaded("development", **changes)))

    kind = f"ZeroTrustAccessApplication {NAME}"
    (found,) = [it for name, it in made.items() if name.startswith(kind)]
    assert {each["uri"] for each in found.inputs["destinations"]} == {
        "project-awareness-development.chitty.cc/docs",
        "api-development.chitty.cc/project-awareness/docs",
    }


def test_access_may_stand_before_the_worker_itself():
    guard = [{"name": "everything", "policies": ["operators"]}]
    config = loaded("development", **{"chittyos:access": ACCESS, f"{NAME}:access": guard})
    (found,) = SYSTEM.guards(config.blocks[NAME].settings)

    assert found.places == ()  # by the worker, with its hosts and its route
    assert found.hosts[0] == HOSTS["development"]


CHECKED = {
    "name": "health", "path": "/health", "contains": '"status":"healthy"', "timeout": 5,
    "retries": 3, "regions": ["WNAM", "ENAM", "WEU", "SEAS", "NEAS"],
}  # fmt: skip


def zoned(plan: str, **check):
    """Give production on a zone of *plan*, with a health check of the system's host."""
    values = good("production")
    (zone,) = values["chittyos:zones"]
    edge = {**values[f"{NAME}:edge"], "health_checks": [{**CHECKED, **check}]}
    changes = {"chittyos:zones": [{**zone, "plan": plan}], f"{NAME}:edge": edge}
    return deploy(partial(build, loaded("production", **changes)), stack="production")


@pytest.mark.parametrize(("plan", "interval"), [("pro", 60), ("business", 30)])
def test_its_health_is_asked_as_often_as_the_plan_of_the_zone_goes(plan, interval):
    """PA-11: every 30 seconds on Business, every minute on Pro; APAC is two regions."""
    found = zoned(plan, interval=interval)[f"Healthcheck {NAME.replace('_', '-')}-health"].inputs

    assert (found["address"], found["interval"]) == (HOSTS["production"], interval)
    assert (found["timeout"], found["retries"]) == (5, 3)
    assert found["checkRegions"] == ["ENAM", "NEAS", "SEAS", "WEU", "WNAM"]
    assert found["httpConfig"]["expectedBody"] == '"status":"healthy"'


@pytest.mark.parametrize(
    ("plan", "said"),
    [("free", "a scheduled worker checks instead"), ("pro", "the pro plan has 60 at least")],
)
def test_what_the_plan_has_not_is_refused_with_what_does_its_work(plan, said):
    """PA-11: the zone that is tracked is a free one, so that no health check stands there."""
    with pytest.raises(ValueError, match=said):
        zoned(plan, interval=30)


def test_open_websockets_cost_their_messages_and_hardly_any_time():
    """Incident 10: the same sockets would keep an object each awake all month, for $410."""
    expected = {f"{NAME}:expected": {"sockets": 0}}
    without = demand(loaded("development", **expected).blocks[NAME].settings)
    asked = demand(loaded().blocks[NAME].settings)
    awake = Demand(do_gb_seconds_month=100 * 30 * 86_400 * Decimal("0.128"))

    def dollars(used: Demand) -> list[str]:
        found = estimate(total_demand({NAME: used}), Plan("paid"), PRICES)
        (line,) = (each for each in found.lines if each.price.name == "do.duration_gb_s")
        return [str(line.amount(reading)) for reading in Reading]

    assert dollars(asked) == ["0.00", "0.00"]
    assert dollars(awake) == ["409.72", "412.50"]
    added = asked.do_gb_seconds_month - without.do_gb_seconds_month
    assert 0 < added * 10_000 < awake.do_gb_seconds_month
    assert without.do_requests_month == 800_000 + WATCHED_MONTH * ASKED_A_RUN
