"""The live page in a browser: a worker whose stores it shows, and the ways of a hand and an eye."""

from harness.local_cloudflare import LocalCloudflare
from tests.support_runtime import eventually

SECRET = "canary of a secret"
WICKED = "<img src=http://127.0.0.1:1/x onerror=document.title='owned'>"
SECONDS = 60
"""How long something may take to appear on a busy machine."""


CODE = """
import { DurableObject } from "cloudflare:workers";
export class Counter extends DurableObject {
  async add(secret, wicked) {
    this.ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS hits (n INTEGER, who BLOB)");
    const blob = new TextEncoder().encode(`${secret} ${wicked}`);
    this.ctx.storage.sql.exec("INSERT INTO hits VALUES (1, ?)", blob);
  }
}
export default {
  async fetch(request, env) {
    console.log("visited", new URL(request.url).pathname, env.TOKEN, env.WICKED);
    await env.COUNTER.getByName("a").add(env.TOKEN, env.WICKED);
    await env.KV.put(`key ${env.WICKED}`, `value ${env.TOKEN} ${env.WICKED}`);
    await env.FILES.put("folder/note.txt", `note ${env.TOKEN} ${env.WICKED}`);
    return new Response("ok");
  },
  scheduled({ cron }) { console.log("schedule", cron); },
  queue({ messages }) { console.log("message", JSON.stringify(messages[0].body)); },
};
"""

CONTRAST = """(() => {
  const light = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number).map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = light(getComputedStyle(document.body).backgroundColor);
  const inked = "h1, #state, nav a, caption, th, td, td *, .quiet, label, button";
  return [...document.querySelectorAll(inked)]
    .filter((each) => each.checkVisibility())
    .map((each) => light(getComputedStyle(each).color))
    .map((ink) => (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05));
})()"""


FOCUSED = (
    """(({ activeElement: at }) => at.getAttribute("aria-label") || at.textContent)(document)"""
)


NAMELESS = """[...document.querySelectorAll("input, button, nav, table, [role=region], section")]
  .filter((each) => !(each.getAttribute("aria-label") || each.labels?.length || each.caption
    || each.textContent.trim()))
  .map((each) => each.outerHTML.slice(0, 80))"""


def furnish(cf: LocalCloudflare) -> None:
    """Deploy one worker with a store of each kind, a rule and somebody whom Access lets in."""
    kv = cf.result("POST", cf.account("/storage/kv/namespaces"), json={"title": "sessions"})["id"]
    cf.result("POST", cf.account("/r2/buckets"), json={"name": "files"})
    d1 = cf.result("POST", cf.account("/d1/database"), json={"name": "main"})["uuid"]
    for sql, params in (
        ("CREATE TABLE people (name)", []),
        ("INSERT INTO people VALUES (?1), (?2), (CAST(?1 AS BLOB))", [SECRET, WICKED]),
    ):
        body = {"sql": sql, "params": params}
        cf.result("POST", cf.account(f"/d1/database/{d1}/query"), json=body)
    queue = cf.result("POST", cf.account("/queues"), json={"queue_name": "jobs"})["queue_id"]
    bindings = [
        {"name": "TOKEN", "type": "secret_text", "text": SECRET},
        {"name": "WICKED", "type": "plain_text", "text": WICKED},
        {"name": "KV", "type": "kv_namespace", "namespace_id": kv},
        {"name": "FILES", "type": "r2_bucket", "bucket_name": "files"},
        {"name": "COUNTER", "type": "durable_object_namespace", "class_name": "Counter"},
    ]
    steps = {"new_tag": "v1", "new_sqlite_classes": ["Counter"]}
    cf.upload("api", {"worker.mjs": CODE}, bindings=bindings, migrations=steps)
    schedules = [{"cron": "0 0 1 1 *"}]
    cf.result("PUT", cf.account("/workers/scripts/api/schedules"), json=schedules)
    consumer = {"type": "worker", "script_name": "api", "settings": {"max_wait_time_ms": 0}}
    cf.result("POST", cf.account(f"/queues/{queue}/consumers"), json=consumer)
    domain = {"hostname": "api.chitty.cc", "service": "api", "zone_id": cf.zone_id}
    cf.result("PUT", cf.account("/workers/domains"), json=domain)
    rule = {
        "action": "block",
        "expression": 'http.request.uri.path eq "/wp-login.php"',
        "description": f"probes {WICKED}",
    }
    phase = "http_request_firewall_custom"
    rules = {"name": "r", "kind": "zone", "phase": phase, "rules": [rule]}
    cf.result("POST", f"/zones/{cf.zone_id}/rulesets", json=rules)


def link(cf):
    return cf.result("POST", "/local/page/links")["url"]


def text(page, where="main"):
    return page.evaluate(f"document.querySelector({where!r})?.innerText ?? ''")


def visit(page, name):
    """Go to a view and wait until it is there."""
    page.evaluate(f"location.hash = '#/{name}'")
    current = "document.querySelector('[aria-current]')?.textContent"
    until(lambda: page.evaluate(current) == name and len(text(page)) > 0)


def press(page, label, within="main"):
    """Press the button that says *label*."""
    buttons = f"[...document.querySelectorAll({f'{within} button'!r})]"
    says = f"each.textContent.startsWith({label!r}) && each.ariaDisabled !== 'true'"
    found = f"{buttons}.find((each) => {says})"
    until(lambda: page.evaluate(f"Boolean({found})"))
    page.evaluate(f"{found}.click()")


def shows(page, *wanted):
    eventually(lambda: [each for each in wanted if each not in text(page)], [], SECONDS)


def until(condition):
    eventually(lambda: bool(condition()), True, SECONDS)  # noqa: FBT003  # what is awaited
