"""Code goes up as the official plugin sends it, and only code whose hash is right."""

import base64
import hashlib
import json
from typing import Any

import pytest

from provider.cloudflare.worker_code import main_part
from provider.values import UNKNOWN, is_secret, sealed
from tests.provider.cloudflare import inputs
from tests.provider.cloudflare.fake_api import FakeApi
from tests.provider.harness import AbortedError, Harness

pytestmark = pytest.mark.anyio

CODE = b"export default { fetch() { return new Response('\xc3\xbc') } }\n"
HASH = hashlib.sha256(CODE).hexdigest()


@pytest.fixture
def bundle(tmp_path):
    path = tmp_path / "index.mjs"
    path.write_bytes(CODE)
    return path


def from_file(path, digest=HASH):
    given = inputs.script()
    del given["content"]
    return {**given, "contentFile": str(path), "contentSha256": digest}


async def test_a_file_goes_up_byte_by_byte(plugin: Harness, api: FakeApi, bundle):
    script = await plugin.create("WorkersScript", from_file(bundle))

    part = api.log[-1]["request"]["worker.mjs"]
    assert part["body"].encode() == CODE
    assert (part["filename"], part["type"]) == ("worker.mjs", "application/javascript+module")
    assert "content" not in script.properties
    assert script.properties["contentSha256"] == HASH


async def test_a_file_is_read_from_the_folder_of_the_program(plugin: Harness, bundle, monkeypatch):
    monkeypatch.chdir(bundle.parent)

    assert await plugin.failures("WorkersScript", from_file(bundle.name)) == {}


async def test_a_file_that_is_not_what_was_hashed_is_refused(plugin: Harness, bundle):
    failures = await plugin.failures("WorkersScript", from_file(bundle, "0" * 64))

    assert failures == {"contentSha256": f"{bundle} has the SHA-256 {HASH}, not {'0' * 64}"}


async def test_a_file_that_is_missing_is_refused(plugin: Harness, tmp_path):
    failures = await plugin.failures("WorkersScript", from_file(tmp_path / "none.mjs"))

    assert "none.mjs: No such file" in failures["contentFile"]


async def test_a_file_without_its_hash_is_refused(plugin: Harness, bundle):
    given = from_file(bundle)
    del given["contentSha256"]

    assert list(await plugin.failures("WorkersScript", given)) == ["contentSha256"]


@pytest.mark.parametrize("name", ["contentFile", "contentSha256"])
async def test_what_is_not_known_yet_is_not_checked(plugin: Harness, bundle, name):
    assert await plugin.failures("WorkersScript", {**from_file(bundle), name: UNKNOWN}) == {}


@pytest.mark.parametrize("sources", [{}, {"content": "a", "contentFile": "b"}])
async def test_code_comes_from_one_place(plugin: Harness, sources):
    given = {"accountId": inputs.ACCOUNT, "scriptName": "a", **sources}

    (reason,) = (await plugin.failures("WorkersScript", given)).values()
    assert reason.startswith("give the code once")


async def test_static_assets_are_refused_and_not_dropped(plugin: Harness):
    given = {**inputs.script(), "assets": {"directory": "public"}}

    assert "not supported" in (await plugin.failures("WorkersScript", given))["assets"]


async def test_further_files_go_along_under_their_names(plugin: Harness, api: FakeApi, bundle):
    wasm = b"\0asm"
    given = {
        **inputs.script(),
        "files": {
            "b.mjs": {
                "contentType": "application/javascript+module",
                "contentFile": str(bundle),
                "contentSha256": HASH,
            },
            "a.wasm": {
                "contentType": "application/wasm",
                "contentBase64": base64.b64encode(wasm).decode(),
            },
        },
    }

    await plugin.create("WorkersScript", given)

    sent = api.log[-1]["request"]
    assert list(sent) == ["worker.mjs", "a.wasm", "b.mjs", "metadata"]
    assert (sent["a.wasm"]["body"].encode(), sent["a.wasm"]["type"]) == (wasm, "application/wasm")
    assert "files" not in _metadata(api)


async def test_a_further_file_with_a_wrong_hash_is_refused(plugin: Harness, bundle):
    file = {"contentType": "text/plain", "contentFile": str(bundle), "contentSha256": "0"}
    given = {**inputs.script(), "files": {"a.txt": file}}

    assert list(await plugin.failures("WorkersScript", given)) == ['files["a.txt"].contentSha256']


async def test_metadata_says_what_the_official_plugin_says_by_default(
    plugin: Harness, api: FakeApi
):
    given = {
        "accountId": inputs.ACCOUNT,
        "scriptName": "classic",
        "content": "addEventListener('fetch', () => {})",
        "annotations": {"workersMessage": "by hand"},
        "observability": {"enabled": True, "logs": {"enabled": True, "invocationLogs": False}},
        "migrations": {"steps": [{"renamedClasses": [{"from": "A", "to": "B"}]}]},
        "placement": {"targets": [{"region": "aws:us-east-1"}]},
        "bindings": [{"name": "J", "type": "json", "json": '{"a": [1]}'}],
    }

    await plugin.create("WorkersScript", given)

    assert _metadata(api) == {
        "annotations": {"workers/message": "by hand"},
        "bindings": [{"name": "J", "type": "json", "json": {"a": [1]}}],
        "body_part": "script",
        "compatibility_date": "",
        "logpush": False,
        "migrations": {"steps": [{"renamed_classes": [{"from": "A", "to": "B"}]}]},
        "observability": {
            "enabled": True,
            "logs": {"enabled": True, "invocation_logs": False, "persist": True},
        },
        "placement": {"target": [{"region": "aws:us-east-1"}]},
        "usage_model": "standard",
    }
    assert api.log[-1]["request"]["script"]["type"] == "application/javascript"


async def test_a_null_within_an_object_is_not_sent(plugin: Harness, api: FakeApi):
    binding = {"name": "A", "type": "plain_text", "text": "a"}

    await plugin.create(
        "WorkersScript", {**inputs.script(), "bindings": [{**binding, "namespaceId": None}]}
    )

    assert _metadata(api)["bindings"] == [binding]


def test_the_main_module_is_the_one_the_download_names():
    body = b"".join(
        b'--x\r\ncontent-disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name, name)
        for name in (b"a.mjs", b"main.mjs", b"z.mjs")
    )
    headers = {"content-type": "multipart/form-data; boundary=x", "cf-entrypoint": "main.mjs"}

    assert main_part(headers, body + b"--x--\r\n") == b"main.mjs"
    assert main_part({"content-type": "application/javascript"}, b"bare") == b"bare"


async def test_secrets_of_bindings_are_sealed_even_when_the_program_forgot(plugin: Harness):
    checked = await plugin.checked("WorkersScript", inputs.script())

    sealed_ones = [it["name"] for it in checked["bindings"] if is_secret(it.get("text"))]
    assert sealed_ones == ["SECRET"]


async def test_what_the_program_sealed_as_a_whole_stays_so(plugin: Harness):
    given = {**inputs.script(), "bindings": sealed(inputs.script()["bindings"])}

    assert (await plugin.checked("WorkersScript", given))["bindings"] == given["bindings"]


async def test_a_refusal_of_the_compiler_reaches_the_user_without_the_secrets(
    plugin: Harness, api: FakeApi
):
    path = f"/accounts/{inputs.ACCOUNT}/workers/scripts/chittyconnect"
    said = f"Uncaught SyntaxError at worker.mjs:3 near {inputs.CANARY}"
    api.answers["PUT", path] = [(400, [{"code": 10021, "message": said}])]

    with pytest.raises(AbortedError) as refused:
        await plugin.create("WorkersScript", inputs.script())

    assert str(refused.value) == (
        f"UNKNOWN: PUT {path} answered 400: "
        "Uncaught SyntaxError at worker.mjs:3 near [secret] (code 10021)"
    )


def _metadata(api: FakeApi) -> Any:
    return json.loads(api.log[-1]["request"]["metadata"]["body"])
