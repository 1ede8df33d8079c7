"""The written list of compatibility flags is that of the pinned runtime."""

import json
import re
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

from local.runtime.workerd.host_os import workerd_binary
from planning.compatibility import is_on
from planning.implied_flags import IMPLIED as BROUGHT
from planning.runtime_flags import ALONE, DEFAULT_SINCE, NEWEST_DATE, OPPOSITE
from policies.rules.workers import fills_process_env
from tests.planning.runtime_schema import (
    DISABLE,
    ENABLE,
    EXPERIMENTAL,
    FIELD,
    IMPLIED,
    SINCE,
    read_flags,
)

WORKERD = workerd_binary(Path(__file__).parents[2])
CONFIG = """
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "it", worker = .it)]);
const it :Workerd.Worker = (
  modules = [(name = "it", esModule = "export default {}")],
  compatibilityDate = "DATE",
  compatibilityFlags = ["FLAG"],
);
"""


READS = """
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "it", worker = .it)]);
const it :Workerd.Worker = (
  modules = [(name = "it", esModule = embed "it.mjs")],
  compatibilityDate = "DATE",
  compatibilityFlags = FLAGS,
  bindings = [(name = "SECRET", text = "hidden")],
);
"""
CODE = """import process from "node:process";
export default { test() { console.log(JSON.stringify(process.env)); } };
"""
POPULATE = "nodejs_compat_populate_process_env"
EMPTY = "nodejs_compat_do_not_populate_process_env"
SECRETS = [
    ("2024-08-29", ["nodejs_compat"], False),
    ("2024-08-29", ["nodejs_compat", POPULATE], True),
    ("2025-03-31", ["nodejs_compat"], False),
    ("2025-04-01", ["nodejs_compat"], True),
    ("2025-04-01", ["nodejs_compat", EMPTY], False),
    ("2026-08-03", [], False),
    ("2026-08-03", ["nodejs_compat_v2"], False),
    ("2026-08-04", [], True),
    ("2026-11-01", ["no_nodejs_compat"], False),
    ("2026-11-01", ["no_nodejs_compat_v2"], True),
    ("2026-11-01", [EMPTY], False),
]


@pytest.fixture(scope="module")
def flags():
    return [flag for flag in read_flags(WORKERD) if EXPERIMENTAL not in flag]


def said(folder, day, flag):
    """Start the runtime with a date and a flag; give what it complains about."""
    path = folder / "config.capnp"
    path.write_text(CONFIG.replace("DATE", day).replace("FLAG", flag))
    command = [str(WORKERD), "test", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stderr


def environment(folder, day, given):
    """Run a worker that says what its `process.env` has, with a binding called SECRET."""
    (folder / "it.mjs").write_text(CODE)
    path = folder / "config.capnp"
    path.write_text(READS.replace("DATE", day).replace("FLAGS", json.dumps(given)))
    command = [str(WORKERD), "test", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return ran.stdout + ran.stderr


def test_the_dates_are_those_of_the_runtime(flags):
    assert {flag[ENABLE]: flag[SINCE] for flag in flags if SINCE in flag} == DEFAULT_SINCE


def test_the_opposites_are_those_of_the_runtime(flags):
    assert {flag[ENABLE]: flag[DISABLE] for flag in flags if DISABLE in flag} == OPPOSITE
    assert {flag[ENABLE] for flag in flags if DISABLE not in flag} == ALONE


def test_what_brings_a_flag_along_is_that_of_the_runtime(flags):
    names = {flag[FIELD]: flag[ENABLE] for flag in flags}
    implied = {flag[ENABLE]: flag[IMPLIED] for flag in flags if IMPLIED in flag}
    known = {
        name: (since, tuple(names[each] for each in by if each in names))
        for name, (by, since) in implied.items()
    }

    assert {name: it for name, it in known.items() if it[1]} == BROUGHT


@pytest.mark.workerd
@pytest.mark.parametrize(("day", "given", "shown"), SECRETS)
def test_w24_which_workers_have_their_secrets_in_process_env(tmp_path, day, given, shown):
    """Asked of the runtime itself, by the module: the global is not there without Node."""
    assert is_on(POPULATE, day, given) is shown
    assert fills_process_env(day, given) is shown
    assert ("hidden" in environment(tmp_path, day, given)) is shown


@pytest.mark.workerd
def test_the_newest_date_is_the_last_that_the_runtime_takes(tmp_path):
    refused = re.compile("the newest date supported by this server binary")
    after = (date.fromisoformat(NEWEST_DATE) + timedelta(days=1)).isoformat()

    assert not refused.search(said(tmp_path, NEWEST_DATE, "nodejs_als"))
    assert refused.search(said(tmp_path, after, "nodejs_als"))
