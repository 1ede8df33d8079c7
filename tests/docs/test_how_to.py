"""The recipes of docs/how-to.md, followed: what they show is what the tests run."""

import re
import sys
import textwrap
import types

import pytest
import yaml

from planning import zone_rules
from planning.zone_limits import check_limits
from systems import platform, zones
from systems.registry import SYSTEMS
from tests.config.examples import good, load, source
from tests.docs.test_documents import ROOT

TEXT = (ROOT / "docs" / "how-to.md").read_text()
FILE = re.compile(r"^`systems/(tiny/[\w/.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^   ```python\n(.*?)^   ```$", re.MULTILINE | re.DOTALL)
TINY = ROOT / "tests" / "systems" / "tiny"


def recipe(heading: str) -> str:
    return TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0]


def test_the_system_that_is_shown_is_the_one_that_a_clone_is_brought_up_with():
    shown = {name.removeprefix("tiny/"): text for name, text in FILE.findall(TEXT)}
    files = [path for path in TINY.rglob("*.*") if path.suffix in {".py", ".ts", ".yaml"}]
    written = {
        path.relative_to(TINY).as_posix(): path.read_text()
        for path in files
        if path.name not in {"__init__.py", "example.yaml"}
    }

    assert shown == written


def test_the_block_that_is_shown_is_the_one_that_is_loaded():
    example = textwrap.dedent((TINY / "example.yaml").read_text())

    assert textwrap.indent(example, "   ") in recipe("Add a system")


def test_the_component_that_is_shown_passes_the_test_that_is_shown(monkeypatch):
    component, test = (textwrap.dedent(text) for text in PYTHON.findall(recipe("Add a component")))
    module = types.ModuleType("components.dns_record")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(component, "dns_record.py", "exec"), vars(module))  # noqa: S102 - our own document
    shown: dict[str, object] = {}
    exec(compile(test, "test_dns_record.py", "exec"), shown)  # noqa: S102
    run = shown["test_a_record_is_proxied_by_default"]

    assert callable(run)
    run()
    with pytest.raises(ValueError, match="MX"):
        module.DnsRecordArgs(name="a.chitty.cc", type="MX", content="b")


CONFIGURED = (
    "Have the edge stop requests, limit them, or set headers",
    "Own a zone",
    "Ask who comes: put a worker or paths behind Access",
    "Balance a host over several origins",
)


@pytest.mark.parametrize("heading", CONFIGURED)
def test_a_block_that_is_shown_is_one_that_production_takes(heading):
    (block,) = re.findall(r"^```yaml\n(.*?)^```$", recipe(heading), re.MULTILINE | re.DOTALL)
    values, shown = good("production"), yaml.safe_load(block)
    own = shown.pop("chittyos:zones", [{}])
    both = [{**zone, **more} for zone, more in zip(values["chittyos:zones"], own, strict=True)]

    config = load("production", source({**values, **shown, "chittyos:zones": both}, "production"))

    wanted = (*platform.wanted_of_the_edge(config, SYSTEMS), *zones.managed_rules(config))
    owners = {zone.name: zone.owner for zone in config.deployment.zones}
    plans = {zone.name: zone.plan for zone in config.deployment.zones}
    check_limits(zone_rules.merge(wanted, owners, config.stack), plans)
