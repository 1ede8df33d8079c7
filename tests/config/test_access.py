"""Who may pass, in the configuration (FW-6, OP-5)."""

from typing import Any

import pytest

from tests.config.examples import good, load, problems, source

KEY = "chittyos:access"
TOKEN = {"name": "workers"}
POLICY = {
    "name": "services",
    "title": "ChittyOS Services Only",
    "decision": "non_identity",
    "include": {"service_tokens": ["workers"]},
}
ACCESS: dict[str, Any] = {
    "service_tokens": [TOKEN],
    "policies": [POLICY],
    "emails": ["platform@chitty.cc"],
}
GUARD: dict[str, Any] = {"name": "operations", "paths": ["/admin"], "policies": ["services"]}


def stack(access: Any = ACCESS, **blocks: Any) -> dict[str, Any]:
    guards = blocks or {"chittyid": [GUARD]}
    given = {f"{system}:access": listed for system, listed in guards.items()}
    return {**good("production"), **({KEY: access} if access else {}), **given}


def said(values: dict[str, Any]) -> dict[str, str]:
    return dict(problems(values, "production"))


def test_it_is_read():
    config = load("production", source(stack(), "production"))

    assert config.deployment.access is not None
    (policy,) = config.deployment.access.policies
    assert (policy.title, policy.session_hours) == ("ChittyOS Services Only", 8)
    (guard,) = config.blocks["chittyid"].settings.access
    assert guard.paths == ("/admin",)


def test_nobody_is_asked_by_default():
    config = load("production", source(good("production"), "production"))

    assert config.deployment.access is None
    assert config.blocks["chittyid"].settings.access == ()


def with_policy(**changes: Any) -> Any:
    return {**ACCESS, "policies": [POLICY | changes]}


def with_group(**include: Any) -> Any:
    return {**ACCESS, "groups": [{"name": "a", "include": include}]}


def test_every_fault_of_a_policy_is_a_line_of_its_own():
    found = problems(
        stack(with_policy(decision="bypass")),
        "production",
    )

    assert [path for path, _ in found] == [f"{KEY}.policies[0]"] * 2
    assert all("\n" not in text for _, text in found)


@pytest.mark.parametrize(
    ("access", "path", "text"),
    [
        (with_policy(decision="allow"), "policies[0]", "use decision non_identity"),
        (with_policy(second_factor=["totp"]), "policies[0]", "second_factor is for people"),
        (
            with_policy(
                decision="allow",
                include={"email_domains": ["chitty.cc"]},
                second_factor=["totp", "totp"],
            ),
            "policies[0]",
            "second_factor has totp more than once",
        ),
        (with_policy(include={}), "policies[0]", "includes nobody"),
        (
            with_policy(decision="allow", include={"everyone": True}),
            "policies[0]",
            "allows everyone",
        ),
        (
            with_policy(decision="bypass", include={"everyone": True}),
            "policies[0]",
            "nothing is guarded",
        ),
        (
            with_policy(include={"service_tokens": ["workers"], "addresses": ["203.0.113.7"]}),
            "policies[0]",
            "move them to require",
        ),
        (
            with_policy(include={"service_tokens": ["x"]}),
            "policies[0].include.service_tokens[0]",
            "'x' is not known",
        ),
        (with_policy(include={"groups": ["team"]}), "policies[0]", "non_identity"),
        (with_policy(session_hours=48), "policies[0].session_hours", "24 or less"),
        (with_policy(title="a\nb"), "policies[0].title", "text of the form"),
        (with_policy(name="Services"), "policies[0].name", "refused"),
        ({**ACCESS, "policies": []}, "policies", "at least one"),
        ({**ACCESS, "policies": [POLICY, POLICY]}, "policies", "2 times"),
        ({**ACCESS, "emails": []}, "emails", "somebody has to be told"),
        (
            {**ACCESS, "service_tokens": [TOKEN, {"name": "idle"}]},
            "service_tokens[1]",
            "opens nothing",
        ),
        (
            {**ACCESS, "service_tokens": [{**TOKEN, "duration": "forever"}]},
            "service_tokens[0].duration",
            "whole hours up to a year",
        ),
        (
            {**ACCESS, "service_tokens": [{**TOKEN, "secret_version": 2}]},
            "service_tokens[0]",
            "go together",
        ),
        (
            {**ACCESS, "groups": [{"name": "a", "include": {"groups": ["b"]}}]},
            "groups[0].include.groups[0]",
            "'b' is not known; known here: none",
        ),
        (
            {**ACCESS, "groups": [{"name": "a", "include": {"groups": ["a"]}}]},
            "groups[0].include.groups[0]",
            "names those above it, never itself",
        ),
        (with_group(email_domains=["@chitty.cc"]), "groups[0].include", "without the @"),
        (with_group(email_domains=["chitty"]), "groups[0].include", "'chitty' is no domain"),
        (with_group(everyone=True), "groups[0].include", "includes everyone"),
        (with_group(addresses=["0.0.0.0/0"]), "groups[0].include", "is every address"),
        ({**ACCESS, "groups": [{"name": "a", "include": {}}]}, "groups[0].include", "nobody"),
        (
            {**ACCESS, "groups": [{"name": "a", "include": {"service_tokens": ["workers"]}}]},
            "groups[0].include",
            "is of people",
        ),
    ],
)
def test_a_mistake_is_said_at_its_place(access, path, text):
    found = problems(stack(access), "production")
    there = [line for place, line in found if place.startswith(f"{KEY}.{path}")]

    assert any(text in line for line in there), found


@pytest.mark.parametrize(
    ("guard", "path", "text"),
    [
        ({**GUARD, "policies": ["x"]}, "access[0].policies", "known are: services"),
        ({**GUARD, "policies": []}, "access[0].policies", "at least one"),
        ({**GUARD, "policies": ["services"] * 2}, "access[0].policies", "2 times"),
        ({**GUARD, "paths": ["admin"]}, "access[0].paths[0]", "is no path"),
        ({**GUARD, "paths": ["/a*b*c"]}, "access[0].paths[0]", "two stars"),
        ({**GUARD, "paths": ["/admin?x"]}, "access[0].paths[0]", "is no path"),
    ],
)
def test_a_guard_that_cannot_be_is_said(guard, path, text):
    found = said(stack(ACCESS, chittyid=[guard]))

    assert text in found[f"chittyid:{path}"]


def test_a_guard_needs_policies():
    assert "set chittyos:access" in said(stack(None))["chittyid:access[0].policies"]


def test_one_place_has_one_application():
    twice = [GUARD, {**GUARD, "name": "again"}]

    found = said(stack(ACCESS, chittyid=twice))

    line = found["chittyid:access[1].paths"]
    assert "is guarded by chittyid:access[0].paths already" in line


def test_one_worker_has_one_application():
    whole = {"name": "one", "policies": ["services"]}

    found = said(stack(chittyid=[whole, {**whole, "name": "two"}]))

    line = found["chittyid:access[1]"]
    assert "the worker of " in line
    assert "is guarded by chittyid:access[0] already; name it once" in line


def test_a_list_that_is_missing_is_set_by_its_first_entry():
    found = said(stack(ACCESS, chittyid=[{"name": "operations"}]))

    assert "--path 'chittyid:access[0].policies[0]' <value>" in found["chittyid:access[0].policies"]
