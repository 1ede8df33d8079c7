"""What docs/local-cloudflare.md says is not checked, or different: W17, W33, W36, W42."""

import re

import pytest

from tests.docs.test_documents import ROOT
from tests.support_runtime import objects, running, script, serving

pytestmark = pytest.mark.workerd

SECTION = (ROOT / "docs" / "local-cloudflare.md").read_text().partition("## Limits and diff")[2]
SECTION = SECTION.partition("\n## ")[0]

SOURCE = """import { DurableObject } from "cloudflare:workers";
const large = "x".repeat(2_500_000);
const raised = async (run) => {
  try { return { value: await run() }; } catch (error) { return { raised: String(error.message) }; }
};
export class Store extends DurableObject {
  async take() {
    const { storage } = this.ctx;
    const many = Object.fromEntries(Array.from({ length: 129 }, (_, n) => [`many-${n}`, n]));
    await storage.put("large", large);
    await storage.put("k".repeat(3_000), 1);
    await storage.put(many);
    storage.sql.exec("CREATE TABLE t (text)");
    storage.sql.exec("INSERT INTO t VALUES (?)", large);
    return {
      value: (await storage.get("large")).length,
      row: storage.sql.exec("SELECT length(text) AS n FROM t").one().n,
      keys: (await storage.get(Object.keys(many))).size,
      bookmark: await raised(() => storage.getCurrentBookmark()),
      recovery: await raised(() => storage.getBookmarkForTime(Date.now() - 1_000)),
    };
  }
  one() { return 1; }
  fetch() { return new Response(null, { headers: { "x-long": "h".repeat(300 * 1024) } }); }
}
async function clock() {
  const begun = Date.now();
  for (let n = 0; n < 50_000_000 && Date.now() === begun; n++);
  return Date.now() > begun;
}
export default {
  async fetch(request, env) {
    const store = env.STORE.getByName("one", { locationHint: "moon" });
    let calls = 0;
    for (; calls < 1_101; calls++) await store.one();
    for (const text of ["a", "b", "c"]) await env.KV.put("key", text);
    return Response.json({
      ...(await store.take()),
      calls,
      kv: await env.KV.get("key"),
      header: (await store.fetch("http://store/")).headers.get("x-long").length,
      jurisdiction: await raised(() => env.STORE.jurisdiction("eu")),
      unique: await raised(() => env.STORE.newUniqueId({ jurisdiction: "eu" })),
      clock: await clock(),
    });
  },
};"""
BINDINGS = (
    {"type": "durable_object_namespace", "name": "STORE", "class_name": "Store"},
    {"type": "kv_namespace", "name": "KV", "namespace_id": "kv1"},
)
NO_JURISDICTION = {"raised": "Jurisdiction restrictions are not implemented in workerd."}

SEEN = {
    "W36: a value of more than 2 MB": ("value", 2_500_000, "a value of a Durable Object"),
    "W36: a row of more than 2 MB": ("row", 2_500_000, "a row of SQL"),
    "W36: a key of 3,000 bytes, 129 keys": ("keys", 129, "128 keys at once"),
    "W36: three writes to a KV key at once": ("kv", "c", "writes to one KV key"),
    "W36: headers of 300 KiB": ("header", 307_200, "the headers of an answer"),
    "W36: 1,101 subrequests": ("calls", 1_101, "subrequests"),
    "W17: a jurisdiction": ("jurisdiction", NO_JURISDICTION, "`jurisdiction()`"),
    "W17: an id of a jurisdiction": ("unique", NO_JURISDICTION, "`newUniqueId({ jurisdiction })`"),
    "W33: the clock of a loop": ("clock", True, "`Date.now()`"),
}


@pytest.fixture(scope="module")
def answered(tmp_path_factory):
    """Ask a worker once for everything."""
    folder = tmp_path_factory.mktemp("limits")
    worker = script(folder, SOURCE, bindings=BINDINGS, durable_objects=objects("Store"))
    with running(folder / "runtime", serving(worker, kv_namespaces=("kv1",))) as edge:
        answer = edge.get("/", timeout=60)
        assert answer.status == 200, answer.text
        return answer.json()


@pytest.mark.parametrize(("name", "seen", "said"), SEEN.values(), ids=SEEN)
def test_what_is_not_checked_or_different_is_so_and_is_written_down(answered, name, seen, said):
    assert answered[name] == seen
    assert said in SECTION


def test_point_in_time_recovery_is_not_there_w42(answered):
    assert re.fullmatch(r"[0-]+", answered["bookmark"]["value"])
    assert "does not implement point-in-time recovery" in answered["recovery"]["raised"]
    assert "`getBookmarkForTime`" in SECTION


@pytest.mark.parametrize("said", ["memory of a worker", "CPU time", "`locationHint`", "`cpuTime`"])
def test_what_cannot_be_shown_here_in_a_second_is_written_down_too(said):
    assert said in SECTION
