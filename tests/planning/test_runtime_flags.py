"""The written list of compatibility flags is that of the pinned runtime."""

import re
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

from local.runtime.workerd.host_os import workerd_binary
from planning.runtime_flags import ALONE, DEFAULT_SINCE, NEWEST_DATE, OPPOSITE
from tests.planning.runtime_schema import DISABLE, ENABLE, EXPERIMENTAL, SINCE, read_flags

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


@pytest.fixture(scope="module")
def flags():
    return [flag for flag in read_flags(WORKERD) if EXPERIMENTAL not in flag]


def said(folder, day, flag):
    """Start the runtime with a date and a flag; give what it complains about."""
    path = folder / "config.capnp"
    path.write_text(CONFIG.replace("DATE", day).replace("FLAG", flag))
    command = [str(WORKERD), "test", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stderr


def test_the_dates_are_those_of_the_runtime(flags):
    assert {flag[ENABLE]: flag[SINCE] for flag in flags if SINCE in flag} == DEFAULT_SINCE


def test_the_opposites_are_those_of_the_runtime(flags):
    assert {flag[ENABLE]: flag[DISABLE] for flag in flags if DISABLE in flag} == OPPOSITE
    assert {flag[ENABLE] for flag in flags if DISABLE not in flag} == ALONE


@pytest.mark.workerd
def test_the_newest_date_is_the_last_that_the_runtime_takes(tmp_path):
    refused = re.compile("the newest date supported by this server binary")
    after = (date.fromisoformat(NEWEST_DATE) + timedelta(days=1)).isoformat()

    assert not refused.search(said(tmp_path, NEWEST_DATE, "nodejs_als"))
    assert refused.search(said(tmp_path, after, "nodejs_als"))
