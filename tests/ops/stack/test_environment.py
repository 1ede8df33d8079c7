"""The environment of a stack: nothing foreign slips in, a shell reads it back unchanged."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.paths import Paths
from ops.stack.engine_variables import foreign
from ops.stack.environment import Environment, Policies, environment_for
from ops.stack.target import Target

DEVELOPMENT = Target("pr-7", "development", {"cloudflare:baseUrl": "http://127.0.0.1:4400/x"})
STAGING = Target("staging", "staging", {})
FOREIGN = {
    "PATH": "/usr/bin:/bin",
    "CLOUDFLARE_API_TOKEN": "of another account",
    "CLOUDFLARE_API_KEY": "k",
    "CLOUDFLARE_BASE_URL": "https://elsewhere.example",
    "CF_API_TOKEN": "old name",
    "PULUMI_CONFIG_PASSPHRASE": "of another stack",
}


@pytest.fixture
def paths(tmp_path):
    (tmp_path / ".local" / "cloudflare").mkdir(parents=True)
    (tmp_path / ".local" / "cloudflare" / "token").write_text("t" * 40 + "\n")
    return Paths(tmp_path)


def applied(environment, environ):
    changed = dict(environ)
    environment.apply(changed)
    return changed


def test_a_local_stack_takes_nothing_of_another_account(paths):
    environment = environment_for(paths, DEVELOPMENT, None, FOREIGN)

    left = applied(environment, FOREIGN)
    assert left["CLOUDFLARE_API_TOKEN"] == "t" * 40
    assert not left.keys() & (FOREIGN.keys() - {"PATH", "CLOUDFLARE_API_TOKEN"})


def test_a_local_stack_runs_with_the_token_that_is_named_for_it_and_no_real_one_is(paths):
    named = {**FOREIGN, "CHITTYOS_LOCAL_TOKEN": "limited"}

    assert environment_for(paths, DEVELOPMENT, None, named).set["CLOUDFLARE_API_TOKEN"] == "limited"
    real = environment_for(paths, STAGING, None, named)
    assert applied(real, named)["CLOUDFLARE_API_TOKEN"] == "of another account"


def test_a_local_stack_keeps_state_and_secrets_on_this_machine(paths):
    given = environment_for(paths, DEVELOPMENT, None, FOREIGN).set

    state = (paths.root / ".local" / "state").as_uri()
    assert given["PULUMI_BACKEND_URL"] == f"{state}?metadata=skip"
    assert given["PULUMI_OPTION_CONFIG_FILE"].endswith("/.local/stacks/Pulumi.pr-7.yaml")
    passphrase = Path(given["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert passphrase.stat().st_mode & 0o777 == 0o600
    assert len(passphrase.read_text()) >= 40


def test_the_passphrase_is_made_once(paths):
    first = environment_for(paths, DEVELOPMENT, None, FOREIGN)
    before = paths.passphrase.read_text()
    second = environment_for(paths, DEVELOPMENT, None, FOREIGN)

    assert first == second
    assert paths.passphrase.read_text() == before


def test_a_real_stack_keeps_its_own_backend_and_token_but_no_other_address(paths):
    left = applied(environment_for(paths, STAGING, None, FOREIGN), FOREIGN)

    assert left["CLOUDFLARE_API_TOKEN"] == "of another account"
    assert left["PULUMI_CONFIG_PASSPHRASE"] == "of another stack"
    assert "PULUMI_BACKEND_URL" not in left
    assert "CLOUDFLARE_BASE_URL" not in left


def in_one_shell(paths, *targets):
    """Prepare one shell for each of *targets* in turn; answer what it has in the end."""
    environ = {"PATH": "/usr/bin:/bin"}
    for target in targets:
        script = environment_for(paths, target, None, environ).exports()
        done = subprocess.run(
            ["/bin/sh", "-euc", f"{script}\nenv -0"],
            env=environ,
            capture_output=True,
            text=True,
            check=True,
        )
        environ = dict(pair.split("=", 1) for pair in done.stdout.split("\0") if pair)
    return environ


def test_a_shell_that_was_for_development_keeps_nothing_of_it_for_staging(paths):
    after = in_one_shell(paths, DEVELOPMENT, STAGING)

    fresh = in_one_shell(paths, STAGING)
    assert {k: v for k, v in after.items() if k != "_"} == {
        k: v for k, v in fresh.items() if k != "_"
    }


def test_a_shell_that_was_for_development_of_another_clone_keeps_nothing_either(paths, tmp_path):
    (tmp_path / "Pulumi.yaml").touch()
    shell = in_one_shell(paths, DEVELOPMENT)

    left = applied(environment_for(Paths(tmp_path / "another"), STAGING, None, shell), shell)

    assert not [value for value in left.values() if ".local" in value or value == "t" * 40]
    assert "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION" not in left


def test_a_real_stack_keeps_a_state_of_its_own_on_this_machine(paths, tmp_path):
    own = {
        "PULUMI_BACKEND_URL": f"file://{tmp_path}/home/.local/state/pulumi",
        "PULUMI_CONFIG_PASSPHRASE_FILE": "/etc/passphrase",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    left = applied(environment_for(paths, STAGING, None, own), own)

    assert own.items() <= left.items()


@pytest.mark.parametrize("target", [DEVELOPMENT, STAGING], ids=["local", "real"])
def test_policies_are_on_without_a_flag(paths, target):
    given = environment_for(paths, target, None, FOREIGN).set

    assert given["PULUMI_OPTION_POLICY_PACK"] == str(paths.root / "policies")
    assert given["PULUMI_OPTION_POLICY_PACK_CONFIG"].endswith(f"/{target.environment}.json")
    assert given["PULUMI_STACK"] == target.name


def test_an_engine_that_starts_executables_is_given_the_one_of_the_pack(paths):
    policies = Policies(paths.pack, paths.local / "exceptions.json")
    given = environment_for(paths, DEVELOPMENT, None, FOREIGN, policies).set

    assert given["PULUMI_OPTION_POLICY_PACK"] == str(paths.root / "policies" / "serve")
    assert given["PULUMI_OPTION_POLICY_PACK_CONFIG"].endswith("exceptions.json")


def test_the_folder_of_the_tools_comes_first_and_once(paths):
    old, new = (paths.root / ".local" / "path" / name for name in ("built+x", "built+y"))
    once = environment_for(paths, DEVELOPMENT, old, FOREIGN).set["PATH"]
    twice = environment_for(paths, DEVELOPMENT, new, {**FOREIGN, "PATH": once}).set["PATH"]

    assert once == f"{old}:/usr/bin:/bin"
    assert twice == f"{new}:/usr/bin:/bin"


def test_a_local_cloudflare_that_never_ran_is_said(paths):
    shutil.rmtree(paths.cloudflare)

    with pytest.raises(OpsError, match="not running; run make start"):
        environment_for(paths, DEVELOPMENT, None, FOREIGN)


def test_a_shell_reads_every_value_back_unchanged():
    awkward = "a 'quoted' \"$HOME\" `id` \\ value; exit 1\nand a second line"
    environment = Environment({"AWKWARD": awkward}, ("GONE",))

    script = environment.exports() + '\nprintf %s "$AWKWARD"; printf %s "${GONE-unset}" >&2'
    done = subprocess.run(
        ["/bin/sh", "-euc", f"GONE=x; {script}"], capture_output=True, text=True, check=True
    )

    assert done.stdout == awkward
    assert done.stderr == "unset"


def test_a_name_that_a_shell_would_run_is_not_printed(paths):
    odd = "CF_X; echo ran #"
    environment = environment_for(paths, DEVELOPMENT, None, {**FOREIGN, odd: "1"})

    assert odd in environment.unset
    assert "echo ran" not in environment.exports()


STEERING = [
    "PULUMI_OPTION_IGNORE_PROTECT",
    "PULUMI_OPTION_SKIP_PREVIEW",
    "PULUMI_OPTION_TARGET",
    "PULUMI_OPTION_EXCLUDE",
    "PULUMI_OPTION_REPLACE",
    "PULUMI_OPTION_REFRESH",
    "PULUMI_OPTION_A_FLAG_THAT_IS_YET_TO_COME",
    "PULUMI_SKIP_CHECKPOINTS",
    "PULUMI_EXPERIMENTAL",
    "PULUMI_CONTINUE_ON_ERROR",
    "PULUMI_RUN_PROGRAM",
    "PULUMI_DEBUG_PROVIDERS",
]


@pytest.mark.parametrize("target", [DEVELOPMENT, STAGING], ids=["local", "real"])
@pytest.mark.parametrize("name", STEERING)
def test_no_variable_steers_the_engine_past_what_a_command_does(paths, target, name):
    environment = environment_for(paths, target, None, {"PATH": "/bin", name: "true"})

    assert name not in applied(environment, {"PATH": "/bin", name: "true"})
    assert f"unset {name}" in environment.exports().splitlines()


def test_flags_about_speed_and_logs_stay_the_caller_s(paths):
    kept = {"PULUMI_OPTION_PARALLEL": "4", "PULUMI_OPTION_MESSAGE": "why", "PULUMI_HOME": "/h"}
    environment = environment_for(paths, STAGING, None, kept)

    assert applied(environment, kept).items() >= kept.items()


def test_what_env_sets_itself_is_no_wish_of_anybody():
    own = ("PULUMI_OPTION_POLICY_PACK", "PULUMI_OPTION_CONFIG_FILE", "PULUMI_OPTION_TARGET")

    assert foreign(own) == ("PULUMI_OPTION_TARGET",)
