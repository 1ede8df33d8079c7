"""The program in YAML of docs/how-to.md, run by plain `pulumi` as its readers do."""

import os
import re
import subprocess

import pytest
import yaml

from harness import yaml_host
from harness.clone import ACCOUNT
from tests.engine.engine import ROOT

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

WORKER = "export default { fetch: (_, env) => new Response(`files in ${Object.keys(env)}`) };"
SHOWN = re.compile(r"```yaml\n(name: notes\nruntime: yaml\n.*?)```", re.DOTALL)
SECONDS = 300


def documented():
    """Return the program of the guide, whose package is the folder of this project."""
    (text,) = SHOWN.findall((ROOT / "docs" / "how-to.md").read_text())
    named = yaml.safe_load(text)
    named["packages"] = {name: str(ROOT / "component_package") for name in named["packages"]}
    return named


@pytest.fixture
def pulumi(engine, tmp_path):
    """Run the CLI in a folder with the program; answers what it said."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(documented()))
    (folder / "index.ts").write_text(WORKER)
    tools = [str(yaml_host.ensure()), str(engine.tools())]
    variables = {**os.environ, **engine.variables()}
    variables["PATH"] = os.pathsep.join([*tools, os.environ["PATH"]])

    def run(*arguments):
        done = subprocess.run(
            ["pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=folder,
            env=variables,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("stack", "init", "dev")
    run("config", "set", "account", ACCOUNT)
    run("config", "set", "cloudflare:baseUrl", engine.base_url)
    return run


def test_the_program_of_the_guide_goes_up_stays_and_goes_down(pulumi, cloud):
    pulumi("up", "--yes")
    settings = cloud.result("GET", cloud.account("/workers/scripts/notes/settings"))
    (files,) = settings["bindings"]
    assert (files["name"], files["bucket_name"]) == ("FILES", "notes-files")

    pulumi("preview", "--expect-no-changes")

    pulumi("destroy", "--yes")
    assert cloud.result("GET", cloud.account("/workers/scripts")) == []
    assert cloud.result("GET", cloud.account("/r2/buckets"))["buckets"] == []
