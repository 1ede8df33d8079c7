"""The whole pack through `pulumi policy analyze --file`, by the real engine."""

import json

import pytest

from harness import policy_pack
from ops.paths import Paths
from ops.stack import policy_exceptions
from ops.stack.target import Target
from ops.stack.tools import Tools
from policies.pack.rule import ENVIRONMENTS, Level
from policies.pack.type_tokens import R2_MANAGED_DOMAIN, STACK, WORKERS_SCRIPT
from tests.engine.engine import pulumi_binary
from tests.policies import state
from tests.policies.cases import CASES
from tests.policies.cases.graphs import CASES as GRAPHS
from tests.policies.day import ahead
from tests.policies.support import change, change_stack
from toolchain import versions
from toolchain.engine import Engine
from toolchain.plugin import Plugin

pytestmark = pytest.mark.engine
ROOT_RESOURCE = state.resource(STACK, "chittyos-production", {})
NOT_IN_A_STATE = "ignore_changes"


BREAKABLE = [case for case in GRAPHS if case.breaks]


def level_file(environment):
    return policy_pack.PACK / "levels" / f"{environment}.json"


def all_mandatory(folder, settings):
    path = folder / "levels.json"
    path.write_text(json.dumps({"all": "mandatory", **settings}))
    return path


def fixtures():
    """Name every good and broken fixture whose rule needs no settings and no options."""
    alone = [case for case in CASES if not case.settings and not case.parent_type]
    plain = [case for case in alone if NOT_IN_A_STATE not in case.options]
    for at, case in enumerate(plain):
        yield case, f"good-{at}", case.good
        for number, broken in enumerate(case.breaks):
            yield case, f"bad-{at}-{number}", change(case.good, *broken)


def test_the_engine_sees_what_the_fixtures_say(tmp_path):
    named = list(fixtures())
    protect = [case.options.get("protect", True) for case, _, _ in named]
    resources = [
        state.resource(case.type, name, props, protect=kept)
        for (case, name, props), kept in zip(named, protect, strict=True)
    ]
    path = state.write(tmp_path / "state.json", [ROOT_RESOURCE, *resources])
    checked = state.analyze(path, all_mandatory(tmp_path, {}))

    fired = {(rule, name) for rule, name, _ in checked.violations}
    expected = {(case.rule, name) for case, name, _ in named if name.startswith("bad-")}
    accepted = {(case.rule, name) for case, name, _ in named if name.startswith("good-")}

    assert checked.code != 0
    assert expected <= fired
    assert not accepted & fired


@pytest.mark.parametrize("case", BREAKABLE[::5], ids=lambda case: case.rule)
def test_the_engine_sees_the_stack_as_a_whole(tmp_path, case):
    levels = all_mandatory(tmp_path, {case.rule: case.settings} if case.settings else {})
    fired = []
    for name, nodes in (("good", case.good), ("bad", change_stack(case.good, case.breaks[0]))):
        path = state.write(tmp_path / f"{name}.json", [ROOT_RESOURCE, *state.resources(nodes)])
        checked = state.analyze(path, levels)
        fired.append(case.rule in {rule for rule, _, _ in checked.violations})

    assert fired == [False, True]


def test_what_the_engine_cannot_decrypt_is_told_and_never_taken_for_a_value(tmp_path):
    sealed = {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "ciphertext": "AAAA",
    }
    bindings = [{"type": "secret_text", "name": "API_TOKENS", "text": sealed}]
    script = state.resource(WORKERS_SCRIPT, "w", {"bindings": bindings})
    path = state.write(tmp_path / "state.json", [ROOT_RESOURCE, script])
    checked = state.analyze(path, level_file("production"))

    assert ("meta-not-yet-checkable", "w", "advisory") in checked.violations
    assert "sensitive-inputs-are-secret" not in {rule for rule, _, _ in checked.violations}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_engine_takes_the_level_files_and_their_levels(tmp_path, environment):
    door = state.resource(R2_MANAGED_DOMAIN, "door", {"bucketName": "docs", "enabled": True})
    path = state.write(tmp_path / "state.json", [ROOT_RESOURCE, door])
    checked = state.analyze(path, level_file(environment))
    wanted = Level.MANDATORY if environment == "production" else Level.ADVISORY

    assert ("r2-no-dev-url", "door", wanted) in checked.violations
    # The waiver of staging is for a worker that is not in this state, and says so.
    must = {level for _, _, level in checked.violations if level == Level.MANDATORY}
    assert (checked.code != 0) == bool(must)


@pytest.mark.parametrize(
    ("levels", "said"),
    [
        ({"no-such-rule": "mandatory"}, "which the pack does not have"),
        ({"worker-cpu-limit": {"maxCpu": 1}}, "which has no such setting; its settings: maxCpuMs"),
        ({"worker-cpu-limit": {"maxCpuMs": "much"}}, "Expected: number, given: string"),
        ({"meta-waivers": {"waivers": [{"rule": "x"}]}}, "resource is required"),
    ],
)
def test_a_level_file_that_does_not_fit_stops_the_engine_with_one_clear_sentence(
    tmp_path, levels, said
):
    path = state.write(tmp_path / "state.json", [ROOT_RESOURCE])
    file = tmp_path / "levels.json"
    file.write_text(json.dumps(levels))
    checked = state.analyze(path, file)

    assert checked.code != 0
    assert said in checked.output
    assert "Traceback" not in checked.output


def test_the_engine_shows_as_exempted_what_a_waiver_of_a_urn_covers(tmp_path):
    binary = pulumi_binary()
    version = versions.reported_by(binary, "version") if binary else None
    assert binary, "no Pulumi engine: run make setup"
    assert version, f"{binary} does not say its version"
    engine = Engine(binary, versions.show(version), "built")
    if not engine.takes_exceptions:
        pytest.skip(f"Pulumi {engine.version} takes no exceptions")
    paths = Paths(tmp_path)
    levels = json.loads((policy_pack.PACK / "levels" / "production.json").read_text())
    door = state.resource(R2_MANAGED_DOMAIN, "door", {"bucketName": "docs", "enabled": True})
    waiver = {"rule": "r2-no-dev-url", "resource": door["urn"], "reason": "demo of June"}
    levels["meta-waivers"]["waivers"] = [{**waiver, "expires": ahead(30)}]
    paths.levels("production").parent.mkdir(parents=True)
    paths.levels("production").write_text(json.dumps(levels))
    tools = Tools(engine, (Plugin("stand-in", "6.23.1"),), tmp_path)
    configuration = policy_exceptions.configuration(
        paths, Target("production", "production", {}), tools
    )

    judged = state.analyze(
        state.write(tmp_path / "state.json", [ROOT_RESOURCE, door]), configuration
    )

    assert judged.code == 0, judged.output
    assert ("r2-no-dev-url", "door", "advisory") in judged.violations
    assert f"demo of June (until {ahead(30)})" in judged.output
