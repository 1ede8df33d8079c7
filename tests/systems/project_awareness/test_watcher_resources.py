"""The watcher of each stack: what it is given, what is refused, what is said without a secret."""

import json
from functools import partial

import pulumi
import pytest

from config import ConfigError
from systems.platform import build
from systems.project_awareness.operations import ASKED_A_RUN, WATCHED_MONTH, demand
from systems.project_awareness.watcher_resources import TOLD_BY
from tests.config.examples import ROOT, SECRETS, good, load, loaded, put, source, without
from tests.support import deploy

NAME = "project_awareness"
WATCH = f"{NAME}:watch"
WORKER = f"WorkersScript {NAME}-watch"
STACKS = ["development", "pr-7", "staging", "production"]
SCRIPTS = {
    "development": "chittyops-project-awareness-watch-development",
    "pr-7": "chittyops-project-awareness-watch-pr-7",
    "staging": "chittyops-project-awareness-watch-staging",
    "production": "chittyops-project-awareness-watch",
}
DATASETS = {
    "development": "chittyops_checks_development",
    "pr-7": "chittyops_checks_pr_7",
    "staging": "chittyops_checks_staging",
    "production": "chittyops_checks_prod",
}


@pytest.fixture(scope="module")
def stacks():
    """Deploy every stack once into a recording."""
    return {stack: deploy(partial(build, loaded(stack)), stack=stack) for stack in STACKS}


def bindings(resources):
    return {it["name"]: it for it in resources[WORKER].inputs["bindings"]["value"]}


def deployed(values, stack="production"):
    return deploy(partial(build, load(stack, source(values, stack))), stack=stack)


@pytest.mark.parametrize("stack", STACKS)
def test_it_runs_every_minute_and_has_no_address(stacks, stack):
    """PA-11: the finest cron there is."""
    resources = stacks[stack]
    inputs = resources[WORKER].inputs
    crons = resources[f"WorkersCronTrigger {NAME}-watch-cron"].inputs

    assert inputs["scriptName"] == SCRIPTS[stack]
    assert [each["cron"] for each in crons["schedules"]] == ["* * * * *"]
    assert not [name for name in resources if f"{NAME}-watch-" in name and "Domain" in name]


@pytest.mark.parametrize("stack", STACKS)
def test_it_has_what_it_reads_and_nothing_else(stacks, stack):
    code = (ROOT / f"systems/{NAME}/workers/watch/env.ts").read_text()
    lines = [line.strip() for line in code.splitlines() if line.endswith(";")]
    named = {line.partition(":")[0] for line in lines if ": " in line and line[0].isupper()}
    off = {"PAGERDUTY_API_KEY"} if stack == "staging" else set()

    assert set(bindings(stacks[stack])) == {name.rstrip("?") for name in named} - off


@pytest.mark.parametrize("stack", STACKS)
def test_its_dataset_is_its_own_and_it_reads_that_of_requests(stacks, stack):
    """PA-11, PA-13."""
    given = bindings(stacks[stack])
    usage = loaded(stack).blocks[NAME].settings.datasets.usage

    assert given["HEALTH_CHECKS"]["dataset"] == DATASETS[stack] == given["CHECKS_DATASET"]["text"]
    assert given["USAGE_DATASET"]["text"] == usage


def test_production_looks_at_staging_and_keeps_the_limits_of_the_source(stacks):
    """PA-11, PA-13: 3 failures; 5 %, 500 ms to PagerDuty; 2 % to Slack."""
    given = bindings(stacks["production"])

    assert given["OTHER_ORIGINS"]["text"] == "https://project-awareness-staging.chitty.cc"
    assert given["HEALTH_SECONDS"]["text"] == "30"
    assert json.loads(given["ALERTS"]["text"]) == {
        "failures": 3,
        "errors_page_percent": 5,
        "errors_warn_percent": 2,
        "slow_ms": 500,
        "least_requests": 30,
        "calm_minutes": 3,
        "silent_minutes": 15,
        "remind_hours": 4,
    }


@pytest.mark.parametrize("lost", ["ANALYTICS_TOKEN", "PAGERDUTY_API_KEY", "SLACK_WEBHOOK_URL"])
def test_a_secret_that_lacks_is_off_and_said_before_anything_is_made(monkeypatch, lost):
    """PA-13: without it the stack deploys; a plan says what is off and what sets it."""
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: said.append(text))
    resources = deployed(without(good("production"), f"{NAME}:{lost}"))

    assert lost not in bindings(resources)
    assert len(said) == 1
    assert said[0].startswith(f"{NAME}:{lost} is not set, so ")
    assert said[0].endswith(f"python -m ops secret set <stack> {NAME}.{lost}")


def test_who_is_not_to_be_told_gets_no_secret_and_no_word(monkeypatch):
    said = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: said.append(text))
    values = put(good("production"), f"{WATCH}.alerts", {"to": ["slack"]})
    resources = deployed(without(values, f"{NAME}:PAGERDUTY_API_KEY"))

    assert TOLD_BY["pagerduty"] not in bindings(resources)
    assert said == []


def test_a_stack_may_have_none(stacks):
    resources = deployed(without(good("production"), WATCH))

    assert WORKER not in resources
    assert WORKER in stacks["production"]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("alerts.memory_mb", 400, "Workers do not report the memory they use"),
        ("alerts.slack_channel", "#chittyos-alerts", "has the channel it was made for"),
        ("alerts.to", ["email"], "pagerduty"),
        ("alerts.errors_page_percent", 101, "it is 100 or less"),
        ("health_rounds", 3, "2 or less"),
        ("worker.crons", ["*/5 * * * *"], "alerts are judged each minute"),
        ("worker.routes", ["chitty.cc/watch"], "the watcher has no address"),
        ("worker.variables", {"ALERTS": "{}"}, "ALERTS"),
        ("dataset", "chittyops_usage_prod", "chittyops_usage_prod"),
        ("other_origins", ["http://staging.example.com"], "http"),
        ("other_origins", ["https://project-awareness.chitty.cc"], "is the host itself"),
        ("other_origins", ["https://a.chitty.cc"] * 2, "other_origins[1]: 'https://a.chitty.cc'"),
        ("alerts.errors_warn_percent", 6, "6 is refused: errors page somebody above 5 already"),
        ("alerts.to", ["slack", "slack"], "watch.alerts.to: names one more than once"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(path, value, said):
    """PA-13: "memory > 400 MB" among it."""
    values = put(good("production"), f"{WATCH}.{path}", value)
    with pytest.raises(ConfigError) as refused:
        load("production", source(values, "production"))

    assert said in str(refused.value)
    assert WATCH.partition(":")[0] in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PAGERDUTY_API_KEY", "pd-canary-not-a-key"),
        ("SLACK_WEBHOOK_URL", "https://example.com/services/T1/B1/canary0000"),
    ],
)
def test_a_secret_of_another_form_is_refused_without_being_shown(name, value):
    values = {**good("production"), f"{NAME}:{name}": value}
    with pytest.raises(ConfigError) as refused:
        load("production", source(values, "production"))

    assert name in str(refused.value)
    assert value not in str(refused.value)


def test_the_forecast_counts_what_it_asks_of_its_object():
    """PA-16."""
    settings = loaded("production").blocks[NAME].settings
    without_it = demand(settings.model_copy(update={"watch": None}))

    more = demand(settings).do_requests_month - without_it.do_requests_month
    assert more == WATCHED_MONTH * ASKED_A_RUN


def test_the_examples_have_every_secret_of_it():
    """Else the tests above would not see one that is bound and should not be."""
    assert {f"{NAME}:{name}" for name in ("ANALYTICS_TOKEN", *TOLD_BY.values())} <= SECRETS.keys()
