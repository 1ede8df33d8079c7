"""What is pinned is renewed: Dependabot knows every file that asks for something."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.ci.test_workflows import ROOT, tool

MANIFESTS = {
    "github-actions": ".github/workflows/*.yml",
    "npm": "**/package.json",
    "pip": "**/requirements*/*.in",
    "gomod": "**/go.mod",
    "docker-compose": "**/compose.yaml",
}
"""What Dependabot renews, by the files that say what is asked for."""

KEPT = {"toolchain/modules/oldest"}
"""Folders whose pins stay what they are."""


def test_dependabot_has_the_form_that_github_reads():
    path = ".github/dependabot.yml"
    done = tool("check-jsonschema", "--builtin-schema", "vendor.dependabot", path)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("ecosystem", MANIFESTS)
def test_whatever_is_pinned_is_renewed_each_week_a_week_after_its_release(ecosystem):
    found = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text())["updates"]
    (update,) = [each for each in found if each["package-ecosystem"] == ecosystem]
    tracked = ["git", "ls-files", f":(glob){MANIFESTS[ecosystem]}"]
    listed = subprocess.run(tracked, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    folders = {str(Path(file).parent) for file in listed.splitlines()} - KEPT
    renewed = update.get("directories") or [update["directory"]]

    assert {each.strip("/") or "." for each in renewed} == (
        {"."} if ecosystem == "github-actions" else folders
    )
    assert len(found) == len(MANIFESTS)
    assert update["schedule"] == {"interval": "weekly"}
    assert update["cooldown"] == {"default-days": 7}
