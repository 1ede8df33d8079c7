"""The whole local Cloudflare: what the API is told, the runtime serves."""

import pytest

from harness.local_cloudflare import local_cloudflare

pytestmark = [pytest.mark.workerd, pytest.mark.timeout(180)]

COUNTER = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async add() {
    const n = ((await this.ctx.storage.get("n")) ?? 0) + 1;
    await this.ctx.storage.put("n", n);
    return n;
  }
}
export default {
  async fetch(request, env) {
    const id = env.COUNTER.idFromName("one");
    return Response.json({ n: await env.COUNTER.get(id).add(), version: "VERSION" });
  },
};
"""
BINDINGS = [{"name": "COUNTER", "type": "durable_object_namespace", "class_name": "Counter"}]
FIRST = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
HOST = "count.chitty.cc"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with local_cloudflare(tmp_path_factory.mktemp("cloud") / "cf") as running:
        yield running


def put_domain(cloud, host, service):
    body = {"hostname": host, "service": service}
    return cloud.result("PUT", cloud.account("/workers/domains"), json=body)


def test_a_worker_is_uploaded_bound_addressed_renamed_and_deleted(cloud):
    cloud.upload("count", {"w.mjs": COUNTER}, bindings=BINDINGS, migrations=FIRST)
    put_domain(cloud, HOST, "count")
    assert cloud.at(HOST).json()["n"] == 1
    assert cloud.at(f"{HOST}.localhost:{cloud.edge_port}").json()["n"] == 2

    renamed = COUNTER.replace("class Counter", "class Tally")
    cloud.upload(
        "count",
        {"w.mjs": renamed},
        bindings=[{**BINDINGS[0], "class_name": "Tally"}],
        migrations={
            "old_tag": "v1",
            "new_tag": "v2",
            "renamed_classes": [{"from": "Counter", "to": "Tally"}],
        },
    )
    assert cloud.at(HOST).json()["n"] == 3

    cloud.result("DELETE", cloud.account("/workers/scripts/count"))
    cloud.upload("count", {"w.mjs": COUNTER}, bindings=BINDINGS, migrations=FIRST)
    put_domain(cloud, HOST, "count")
    assert cloud.at(HOST).json()["n"] == 1
    cloud.result("DELETE", cloud.account("/workers/scripts/count"))


def test_a_bad_upload_is_refused_with_the_message_of_the_compiler_and_the_old_one_serves(cloud):
    cloud.upload("steady", {"w.mjs": "export default { fetch: () => new Response('old') }"})
    put_domain(cloud, "steady.chitty.cc", "steady")

    with pytest.raises(AssertionError, match=r'"code":10021,.*SyntaxError'):
        cloud.upload("steady", {"w.mjs": "export default { fetch: () => { nope nope } }"})

    assert cloud.at("steady.chitty.cc").text == "old"
