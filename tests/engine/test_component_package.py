"""Components of this project in a program that only knows their package."""

import pulumi
import pytest
import yaml

from harness.clone import ACCOUNT
from tests.engine.engine import ROOT, EngineFailure

pytestmark = [pytest.mark.engine, pytest.mark.workerd]

WORKER = "export default { fetch: (_, env) => new Response(`files in ${Object.keys(env)}`) };"


class Remote(pulumi.ComponentResource):
    """A component that the engine makes by the plugin of its package."""

    bucketName: pulumi.Output[str]  # noqa: N815 - as the schema names it

    def __init__(self, kind, name, **inputs):
        props = {"bucketName": None, **inputs}
        super().__init__(f"chittyos:cloudflare:{kind}", name, props, None, remote=True)


@pytest.fixture
def stack(engine, tmp_path, monkeypatch):
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "hello.js").write_text(WORKER)
    monkeypatch.chdir(folder)  # where the engine runs an inline program, and its plugins
    made = engine.stack(program)
    project = tmp_path / "engine" / "work-test" / "Pulumi.yaml"
    package = {"name": "chittyos", "path": str(ROOT / "component_package")}
    named = {**yaml.safe_load(project.read_text()), "plugins": {"providers": [package]}}
    project.write_text(yaml.safe_dump(named))
    return made


def program(kind="secret_text"):
    files = Remote("Bucket", "files", accountId=ACCOUNT, bucket="package-files", retain=False)
    Remote(
        "Worker",
        "hello",
        accountId=ACCOUNT,
        script="package-hello",
        entry="hello.js",
        compatibilityDate="2026-11-01",
        bindings={
            "FILES": {"type": "r2_bucket", "value": files.bucketName},
            "KEY": {"type": kind, "value": pulumi.Output.secret("canary")},
        },
    )


def test_a_bucket_and_a_worker_go_up_and_down(stack, cloud):
    up = stack.up()

    assert up.steps["files"] == "create"
    assert cloud.result("GET", cloud.account("/r2/buckets/package-files"))["name"]
    settings = cloud.result("GET", cloud.account("/workers/scripts/package-hello/settings"))
    files, key = sorted(settings["bindings"], key=lambda binding: binding["name"])
    assert files["bucket_name"] == "package-files"
    assert key == {"name": "KEY", "type": "secret_text"}
    assert "canary" not in str(stack.export())
    assert stack.preview().changes == {}
    stack.destroy()
    assert not stack.resources()


def test_a_mistake_names_the_input(stack):
    stack.becomes(lambda: Remote("Bucket", "files", accountId=ACCOUNT, bucket="a", colour="red"))

    with pytest.raises(EngineFailure, match="- property colour with value"):
        stack.preview()


def test_a_secret_is_in_no_message(stack):
    stack.becomes(lambda: program(kind="no-such"))

    with pytest.raises(EngineFailure, match=r"- property bindings\.KEY\.type with value") as failed:
        stack.preview()

    assert "canary" not in str(failed.value)
