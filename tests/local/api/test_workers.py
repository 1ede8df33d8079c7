"""What uploads leave behind: bindings, versions, deployments, Durable Object namespaces."""

import pytest

from local.records.records import Kind
from tests.local.api.conftest import CODE, form

pytestmark = pytest.mark.anyio

CLASSES = "export class A {} export class B {} export default {}"
SECRET = {"name": "S", "type": "secret_text", "text": "s3cret"}
PLAIN = {"name": "P", "type": "plain_text", "text": "plain"}


def do(name, **more):
    return {"name": "DO", "type": "durable_object_namespace", "class_name": name, **more}


def live(world, name="api"):
    return next(worker for worker in world.runtime.cloud.workers if worker.name == name)


async def test_an_upload_replaces_all_bindings_but_those_it_keeps_or_inherits(world):
    await world.upload(bindings=[SECRET, PLAIN])

    await world.upload(bindings=[PLAIN], keep_bindings=["secret_text"])
    assert live(world).bindings == (PLAIN, SECRET)

    await world.upload(bindings=[{"name": "T", "type": "inherit", "old_name": "S"}])
    assert live(world).bindings == ({**SECRET, "name": "T"}, SECRET)

    await world.upload(bindings=[{"name": "gone", "type": "inherit"}], keep_bindings=[])
    assert live(world).bindings == ()


async def test_secrets_stay_when_an_upload_has_none_and_go_when_it_has_others(world):
    await world.upload(bindings=[SECRET, PLAIN])

    await world.upload(bindings=[])
    assert live(world).bindings == (SECRET,)

    other = {**SECRET, "name": "OTHER"}
    await world.upload(bindings=[other])
    assert live(world).bindings == (other,)


async def test_a_value_sent_anew_wins_over_the_kept_one(world):
    await world.upload(bindings=[SECRET])

    await world.upload(bindings=[{**SECRET, "text": "new"}], keep_bindings=["secret_text"])

    assert live(world).bindings == ({**SECRET, "text": "new"},)


async def test_secrets_are_put_listed_and_deleted_without_their_text(world):
    await world.upload(bindings=[PLAIN])

    await world.ask("PUT", world.script(rest="/secrets"), json={"name": "S", "text": "s3cret"})
    assert live(world).bindings == (PLAIN, SECRET)
    shown = await world.ask("GET", world.script(rest="/secrets"))
    assert shown == [{"name": "S", "type": "secret_text"}]

    await world.ask("DELETE", world.script(rest="/secrets/S"))
    assert live(world).bindings == (PLAIN,)


REPLACED = {
    "a secret over a variable": (PLAIN, {**SECRET, "name": "P"}),
    "a variable over a secret": (SECRET, {**PLAIN, "name": "S"}),
    "JSON over a variable": (PLAIN, {"name": "P", "type": "json", "json": 1}),
}


@pytest.mark.parametrize(("old", "new"), REPLACED.values(), ids=REPLACED)
async def test_settings_put_no_other_kind_in_the_place_of_a_binding(world, old, new):
    await world.upload(bindings=[old])

    found = await world.refused("PATCH", world.script(rest="/settings"), json={"bindings": [new]})

    assert found[:2] == (400, 10053)
    assert f"Binding name '{old['name']}' already in use" in found[2]
    assert live(world).bindings == (old,)


async def test_an_upload_may_change_kinds_of_what_it_takes_the_place_of(world):
    await world.upload(bindings=[SECRET, PLAIN])
    variable = {**PLAIN, "name": "S"}

    found = await world.refused("PUT", world.script(), files=form(CODE, bindings=[variable]))
    assert found[:2] == (400, 10053)
    assert live(world).bindings == (SECRET, PLAIN)

    await world.upload(bindings=[variable], keep_bindings=[])
    assert live(world).bindings == (variable,)


async def test_settings_keep_what_they_name_by_type_alone(world):
    await world.upload(
        code=CLASSES,
        bindings=[SECRET, PLAIN, do("A")],
        migrations={"new_tag": "v1", "new_sqlite_classes": ["A", "B"]},
    )
    before = live(world).bindings
    names = [{"type": b["type"], "name": b["name"]} for b in (SECRET, PLAIN, do("A"))]
    new = {**SECRET, "name": "NEW"}

    await world.ask("PATCH", world.script(rest="/settings"), json={"bindings": [*names, new]})
    assert live(world).bindings == (*before, new)

    other = [{"type": "secret_text", "name": "P"}]
    found = await world.refused("PATCH", world.script(rest="/settings"), json={"bindings": other})
    assert found[:2] == (400, 10021)
    found = await world.refused("PUT", world.script(), files=form(CLASSES, bindings=names))
    assert found[:2] == (400, 10021)  # an upload has its values with it


async def test_secrets_change_together_or_not_at_all(world):
    await world.upload(bindings=[SECRET, PLAIN, {**SECRET, "name": "OLD"}])
    path, new = world.script(rest="/secrets-bulk"), {**SECRET, "name": "NEW", "text": "n"}
    versions = len((await world.ask("GET", world.script(rest="/versions")))["items"])

    for secrets, code in (
        ({"NEW": new, "P": {**new, "name": "P"}}, 10053),
        ({"NEW": {**new, "name": "OTHER"}}, None),
        ({"NEW": {"name": "NEW", "type": "secret_text"}}, None),
    ):
        found = await world.refused("PATCH", path, json={"secrets": secrets})
        assert found[0] == 400
        assert code in {None, found[1]}
    assert live(world).bindings == (SECRET, PLAIN, {**SECRET, "name": "OLD"})

    shown = await world.ask("PATCH", path, json={"secrets": {"NEW": new, "OLD": None, "P": None}})
    assert shown == {name: {"name": name, "type": "secret_text"} for name in ("S", "NEW")}
    assert live(world).bindings == (SECRET, PLAIN, new)
    after = (await world.ask("GET", world.script(rest="/versions")))["items"]
    assert len(after) == versions + 1


async def test_settings_change_what_they_name(world):
    await world.upload(bindings=[SECRET], compatibility_flags=["nodejs_compat"])
    patch = {
        "settings": (None, '{"bindings": [{"name": "S", "type": "inherit"}], "logpush": true}')
    }

    settings = await world.ask("PATCH", world.script(rest="/settings"), files=patch)

    assert settings["logpush"] is True
    assert settings["compatibility_flags"] == ["nodejs_compat"]
    assert live(world).bindings == (SECRET,)
    assert live(world).compatibility_date == "2026-11-01"


async def test_new_content_leaves_bindings_and_settings(world):
    await world.upload(bindings=[SECRET], observability={"enabled": True})

    await world.ask("PUT", world.script(rest="/content"), files=form(f"{CODE} // new"))

    content = await world.client.get(world.script(rest="/content/v2"))
    assert b"// new" in content.content
    assert live(world).bindings == (SECRET,)
    script = world.state.records.get(Kind.SCRIPT, "api")
    assert script["observability"] == {"enabled": True}


async def test_modules_come_back_as_they_were_sent(world):
    wasm = bytes(range(256)) * 4
    files = {
        **form("import w from './lib/w.wasm'; export default {}"),
        "lib/w.wasm": ("lib/w.wasm", wasm, "application/wasm"),
    }
    await world.ask("PUT", world.script(), files=files)

    modules = live(world).modules
    assert [(m.name, m.content_type) for m in modules] == [
        ("worker.mjs", "application/javascript+module"),
        ("lib/w.wasm", "application/wasm"),
    ]
    assert modules[1].path.read_bytes() == wasm
    assert wasm in (await world.client.get(world.script())).content


@pytest.mark.parametrize("name", ["../../evil.mjs", "/etc/evil.mjs", "..", "a\\..\\b.mjs"])
async def test_the_name_of_a_module_does_not_choose_where_it_is_written(world, name):
    files = {**form(), "x": (name, "export {}", "application/javascript+module")}
    await world.ask("PUT", world.script(), files=files)

    for module in live(world).modules:
        assert module.path.resolve().is_relative_to(world.state.scripts.resolve())


async def test_a_version_is_deployed_again_as_a_rollback(world):
    await world.upload(bindings=[PLAIN])
    (first,) = (await world.ask("GET", world.script(rest="/versions")))["items"]
    await world.upload(code=f"{CODE} // second", bindings=[])

    body = {"versions": [{"version_id": first["id"], "percentage": 100}]}
    made = await world.ask("POST", world.script(rest="/deployments"), json=body)

    assert live(world).bindings == (PLAIN,)
    deployments = (await world.ask("GET", world.script(rest="/deployments")))["deployments"]
    assert [d["versions"][0]["version_id"] for d in deployments][::2] == [first["id"]] * 2
    assert deployments[0]["id"] == made["id"]
    one = await world.ask("GET", world.script(rest=f"/deployments/{made['id']}"))
    assert one == made


async def test_a_version_can_wait_for_its_deployment(world):
    await world.upload(bindings=[])
    version = await world.ask(
        "POST", world.script(rest="/versions"), files=form(CODE, bindings=[PLAIN])
    )
    assert version["number"] == 2
    assert live(world).bindings == ()

    body = {"versions": [{"version_id": version["id"], "percentage": 100}]}
    await world.ask("POST", world.script(rest="/deployments"), json=body)
    assert live(world).bindings == (PLAIN,)


async def test_old_versions_leave_but_never_the_one_that_serves(world):
    await world.upload(bindings=[PLAIN])
    (first,) = (await world.ask("GET", world.script(rest="/versions")))["items"]
    for n in range(25):
        await world.upload(code=f"{CODE} // {n}")
    body = {"versions": [{"version_id": first["id"], "percentage": 100}]}
    assert (await world.refused("POST", world.script(rest="/deployments"), json=body))[1] == 10092

    kept = (await world.ask("GET", world.script(rest="/versions")))["items"]
    assert [v["number"] for v in kept] == list(range(26, 6, -1))


async def test_the_version_that_serves_is_kept_however_old_it_is(world):
    await world.upload(bindings=[PLAIN])
    (first,) = (await world.ask("GET", world.script(rest="/versions")))["items"]
    for n in range(22):
        await world.ask("POST", world.script(rest="/versions"), files=form(f"{CODE} // {n}"))

    body = {"versions": [{"version_id": first["id"], "percentage": 100}]}
    await world.ask("POST", world.script(rest="/deployments"), json=body)

    shown = await world.ask("GET", world.script(rest=f"/versions/{first['id']}"))
    assert shown["number"] == 1
    assert live(world).bindings == (PLAIN,)


async def test_a_renamed_class_keeps_its_namespace_and_bindings_of_others_follow(world):
    first = {"new_tag": "v1", "new_sqlite_classes": ["A"]}
    await world.upload(code=CLASSES, bindings=[do("A")], migrations=first)
    await world.upload("user", bindings=[do("A", script_name="api")])
    (before,) = live(world).durable_objects

    rename = {"old_tag": "v1", "new_tag": "v2", "renamed_classes": [{"from": "A", "to": "B"}]}
    await world.upload(code=CLASSES, bindings=[do("B")], migrations=rename)

    (after,) = live(world).durable_objects
    assert (after.class_name, after.unique_key) == ("B", before.unique_key)
    assert live(world, "user").bindings == (do("B", script_name="api"),)


async def test_a_transferred_class_moves_with_its_objects(world):
    first = {"new_tag": "v1", "new_sqlite_classes": ["A"]}
    await world.upload("old", code=CLASSES, bindings=[do("A")], migrations=first)
    (before,) = live(world, "old").durable_objects

    move = {"from": "A", "from_script": "old", "to": "B"}
    await world.upload(
        "new",
        code=CLASSES,
        bindings=[do("B")],
        migrations={"new_tag": "v1", "transferred_classes": [move]},
    )

    (after,) = live(world, "new").durable_objects
    assert after.unique_key == before.unique_key
    assert live(world, "old").durable_objects == ()
    assert live(world, "old").bindings == (do("B", script_name="new"),)
    (namespace,) = await world.ask("GET", world.account("/workers/durable_objects/namespaces"))
    assert (namespace["script"], namespace["class"], namespace["name"]) == ("new", "B", "new_B")


async def test_a_deleted_class_is_gone_for_the_runtime_and_may_begin_anew(world):
    first = {"new_tag": "v1", "new_sqlite_classes": ["A"]}
    await world.upload(code=CLASSES, migrations=first)
    (before,) = live(world).durable_objects

    delete = {"old_tag": "v1", "new_tag": "v2", "deleted_classes": ["A"]}
    await world.upload(code=CLASSES, migrations=delete)
    assert live(world).durable_objects == ()
    assert await world.ask("GET", world.account("/workers/durable_objects/namespaces")) == []

    again = {"old_tag": "v2", "new_tag": "v3", "new_sqlite_classes": ["A"]}
    await world.upload(code=CLASSES, migrations=again)
    (after,) = live(world).durable_objects
    assert after.unique_key != before.unique_key


async def test_steps_are_applied_in_order_and_the_last_tag_stays(world):
    steps = [
        {"new_sqlite_classes": ["A"]},
        {"renamed_classes": [{"from": "A", "to": "B"}], "new_sqlite_classes": ["A"]},
        {"deleted_classes": ["A"]},
    ]
    await world.upload(code=CLASSES, migrations={"new_tag": "v3", "steps": steps})

    assert [d.class_name for d in live(world).durable_objects] == ["B"]
    (script,) = await world.ask("GET", world.account("/workers/scripts"))
    assert script["migration_tag"] == "v3"
    assert (await world.upload(code=CLASSES))["migration_tag"] == "v3"


async def test_deleting_a_script_takes_all_that_hangs_on_it(world):
    first = {"new_tag": "v1", "new_sqlite_classes": ["A"]}
    await world.upload(code=CLASSES, migrations=first)
    await world.ask("PUT", world.script(rest="/schedules"), json=[{"cron": "*/5 * * * *"}])
    domain = {"hostname": "a.chitty.cc", "service": "api"}
    await world.ask("PUT", world.account("/workers/domains"), json=domain)
    await world.ask(
        "POST",
        f"/zones/{'1' * 32}/workers/routes",
        json={"pattern": "chitty.cc/*", "script": "api"},
    )
    assert live(world).crons == ("*/5 * * * *",)
    assert {r.pattern for r in world.runtime.cloud.routes} == {"a.chitty.cc", "chitty.cc/*"}

    await world.ask("DELETE", world.script())

    rows = world.state.records._db.execute("SELECT count(*) FROM records").fetchone()
    assert rows == (0,)
    assert world.runtime.cloud.workers == ()
    assert world.runtime.cloud.routes == ()


async def test_a_host_lies_in_the_zone_with_the_longest_name(world):
    await world.upload()

    made = [
        await world.ask(
            "PUT", world.account("/workers/domains"), json={"hostname": host, "service": "api"}
        )
        for host in ("a.chitty.cc", "a.id.chitty.cc", "ID.chitty.cc.")
    ]

    assert [d["zone_name"] for d in made] == ["chitty.cc", "id.chitty.cc", "id.chitty.cc"]
    assert made[2]["hostname"] == "id.chitty.cc"
    again = await world.ask(
        "PUT",
        world.account("/workers/domains"),
        json={"hostname": "a.chitty.cc", "service": "api"},
    )
    assert again["id"] == made[0]["id"]
    found = await world.ask("GET", world.account("/workers/domains?hostname=a.chitty.cc"))
    assert found == [again]


async def test_workers_dev_is_off_until_it_is_switched_on(world):
    await world.upload()
    off = {"enabled": False, "previews_enabled": False}
    assert await world.ask("GET", world.script(rest="/subdomain")) == off

    on = await world.ask("POST", world.script(rest="/subdomain"), json={"enabled": True})
    assert on == {"enabled": True, "previews_enabled": True}
    assert await world.ask("DELETE", world.script(rest="/subdomain")) == off
