"""Mails about the account's usage in the configuration (ID-2, PA-16, FW-12)."""

import pytest

from tests.config.examples import good, load, problems, source

KEY = "chittyos:usage_notifications"
TOLD = {"product": "worker_requests", "limit": 8_000_000, "emails": ["platform@chitty.cc"]}


def stack(*told, plan="pro"):
    values = good("production")
    zones = [{**zone, "plan": plan} for zone in values["chittyos:zones"]]
    return {**values, "chittyos:zones": zones, KEY: list(told)}


def told(values):
    return load("production", source(values, "production")).deployment.usage_notifications


def said(values):
    return dict(problems(values, "production"))


def test_it_is_read():
    (one,) = told(stack(TOLD))

    assert (one.product, one.limit) == ("worker_requests", 8_000_000)
    assert one.emails == ("platform@chitty.cc",)


def test_nothing_is_told_by_default():
    assert told(good("production")) == ()


@pytest.mark.parametrize(
    ("change", "path", "text"),
    [
        ({"product": "workers_kv"}, "product", "worker_durable_objects_requests"),
        ({"limit": 0}, "limit", "0"),
        ({"limit": "many"}, "limit", "many"),
        ({"emails": []}, "emails", "at least one"),
        ({"emails": ["nobody"]}, "emails[0]", "is no mail address"),
        ({"emails": ["a@example.com"]}, "emails[0]", "reaches nobody"),
        ({"emails": ["a@mail.invalid"]}, "emails[0]", "reaches nobody"),
    ],
)
def test_a_mistake_is_said_at_its_place(change, path, text):
    found = said(stack({**TOLD, **change}))

    assert text in found[f"{KEY}[0].{path}"]


def test_a_plan_that_lacks_it_is_said_with_what_does_the_work_instead():
    found = said(stack(TOLD, plan="free"))

    assert "needs a zone on the pro plan" in found[KEY]
    assert "`ops usage`" in found[KEY]


def test_the_same_is_told_once():
    assert "2 times" in said(stack(TOLD, {**TOLD, "emails": ["b@chitty.cc"]}))[KEY]
