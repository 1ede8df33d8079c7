"""Versions side by side: gradual deployments, workers by id, Durable Objects that are declared."""

import base64
from typing import Any

import pytest

from local.records.model import Share
from tests.local.api.conftest import CODE, MODULE, World, form

pytestmark = pytest.mark.anyio

OTHER = "export default { fetch() { return new Response('other') } }"
HOME = "export class Home {} export default {}"
HOUSE = "export class House {} export default {}"
SQLITE = {"type": "durable-object", "storage": "sqlite"}
WORKERS = "/workers/workers"
NOTHING: dict[str, list[str]] = {
    name: []
    for name in (
        *("created", "deleted", "info", "removable_entries", "renamed"),
        *("transfer_pending", "transferred", "updated", "warnings"),
    )
}


async def two_versions(world: World) -> tuple[str, str]:
    """Upload a script, and a second version that waits; return their ids."""
    await world.upload()
    (first,) = (await world.ask("GET", world.script(rest="/versions")))["items"]
    files = form(OTHER)
    second = await world.ask("POST", world.script(rest="/versions"), files=files)
    return first["id"], second["id"]


def shares(**percentages: float) -> Any:
    versions = [{"version_id": v, "percentage": p} for v, p in percentages.items()]
    return {"strategy": "percentage", "versions": versions}


async def deploy(world: World, *pairs: tuple[str, float]) -> Any:
    return await world.ask("POST", world.script(rest="/deployments"), json=shares(**dict(pairs)))


def module(code: str) -> Any:
    encoded = base64.b64encode(code.encode()).decode()
    return [{"name": "index.mjs", "content_type": MODULE, "content_base64": encoded}]


def version_of(code: str = CODE, **more: Any) -> Any:
    return {
        "main_module": "index.mjs",
        "modules": module(code),
        "compatibility_date": "2026-11-01",
        **more,
    }


async def test_two_versions_share_the_requests(world):
    old, new = await two_versions(world)

    made = await deploy(world, (new, 10), (old, 90))

    assert made["versions"] == shares(**{new: 10, old: 90})["versions"]
    (split,) = world.runtime.cloud.splits
    assert split.shares == (Share(new, f"api@{new}", 10), Share(old, "api", 90))
    running = {worker.name: worker.version for worker in world.runtime.cloud.workers}
    assert running == {"api": "", f"api@{new}": new}


async def test_the_script_is_the_version_with_the_largest_share(world):
    old, new = await two_versions(world)

    await deploy(world, (new, 60), (old, 40))
    (split,) = world.runtime.cloud.splits
    assert split.shares == (Share(new, "api", 60), Share(old, f"api@{old}", 40))

    await deploy(world, (new, 100))
    assert world.runtime.cloud.splits == ()
    assert [worker.name for worker in world.runtime.cloud.workers] == ["api"]


async def test_an_upload_takes_all_requests_again(world):
    old, new = await two_versions(world)
    await deploy(world, (new, 10), (old, 90))

    await world.upload(code=OTHER)

    assert world.runtime.cloud.splits == ()


async def test_a_version_that_shares_is_never_too_old(world):
    old, new = await two_versions(world)
    await deploy(world, (new, 0), (old, 100))
    for _ in range(25):
        await world.ask("POST", world.script(rest="/versions"), files=form(OTHER))

    await deploy(world, (new, 1), (old, 99))

    (split,) = world.runtime.cloud.splits
    assert {share.version for share in split.shares} == {old, new}


@pytest.mark.parametrize(
    ("percentages", "told"),
    [
        ([50], "come to 50, not to 100"),
        ([60, 50], "come to 110, not to 100"),
        ([-10, 110], "lies between 0 and 100"),
        ([], "it has 0 versions"),
    ],
)
async def test_shares_come_to_a_hundred(world, percentages, told):
    ids = await two_versions(world)
    body = shares(**dict(zip(ids, percentages, strict=False)))

    refused = await world.refused("POST", world.script(rest="/deployments"), json=body)

    assert refused[:2] == (400, 10080)
    assert told in refused[2]


async def test_a_deployment_has_two_versions_at_most_and_each_once(world):
    old, new = await two_versions(world)
    third = (await world.ask("POST", world.script(rest="/versions"), files=form()))["id"]
    path = world.script(rest="/deployments")

    body = shares(**{old: 50, new: 30, third: 20})
    assert "it has 3 versions" in (await world.refused("POST", path, json=body))[2]
    body["versions"] = [{"version_id": old, "percentage": 50}] * 2
    assert "one version twice" in (await world.refused("POST", path, json=body))[2]


async def test_an_old_deployment_can_go_and_the_latest_cannot(world):
    old, new = await two_versions(world)
    made = await deploy(world, (new, 10), (old, 90))
    listed = (await world.ask("GET", world.script(rest="/deployments")))["deployments"]
    path = world.script(rest="/deployments")

    assert (await world.refused("DELETE", f"{path}/{made['id']}"))[1] == 10093
    await world.ask("DELETE", f"{path}/{listed[-1]['id']}")
    assert (await world.refused("GET", f"{path}/{listed[-1]['id']}"))[:2] == (404, 10092)


async def test_workers_dev_and_preview_hosts_are_routes(world):
    old, new = await two_versions(world)
    on = {"enabled": True, "previews_enabled": True}

    await world.ask("POST", world.script(rest="/subdomain"), json=on)

    cloud = world.runtime.cloud
    assert [(route.pattern, route.worker) for route in cloud.routes] == [
        ("api.local.workers.dev", "api")
    ]
    assert [(p.host, p.name, p.worker) for p in cloud.previews] == [
        (f"{old[:8]}-api.local.workers.dev", f"api@{old}", "api"),
        (f"{new[:8]}-api.local.workers.dev", f"api@{new}", f"api@{new}"),
    ]
    await world.ask("DELETE", world.script(rest="/subdomain"))
    assert (world.runtime.cloud.routes, world.runtime.cloud.previews) == ((), ())


async def test_an_alias_is_a_preview_host_too(world):
    await world.upload()
    on = {"enabled": False, "previews_enabled": True}
    await world.ask("POST", world.script(rest="/subdomain"), json=on)
    named = form(OTHER, annotations={"workers/alias": "feature"})

    made = await world.ask("POST", world.script(rest="/versions"), files=named)

    hosts = {preview.host: preview.worker for preview in world.runtime.cloud.previews}
    assert hosts["feature-api.local.workers.dev"] == f"api@{made['id']}"
    assert made["metadata"]["hasPreview"] is True


async def test_a_script_with_objects_has_no_previews(world):
    binding = {"name": "HOME", "type": "durable_object_namespace", "class_name": "Home"}
    step = {"new_tag": "v1", "new_sqlite_classes": ["Home"]}
    await world.upload(code=HOME, migrations=step, bindings=[binding])
    on = {"enabled": True, "previews_enabled": True}

    await world.ask("POST", world.script(rest="/subdomain"), json=on)

    assert world.runtime.cloud.previews == ()


async def test_a_version_is_told_which_it_is(world):
    meta = {"name": "META", "type": "version_metadata"}
    await world.upload(bindings=[meta], annotations={"workers/tag": "v7"})

    (binding,) = world.runtime.cloud.workers[0].bindings
    (version,) = (await world.ask("GET", world.script(rest="/versions")))["items"]
    assert (binding["id"], binding["tag"]) == (version["id"], "v7")
    assert binding["timestamp"] == version["metadata"]["created_on"]


async def test_a_worker_comes_before_its_versions(world):
    at = world.account(WORKERS)
    made = await world.ask("POST", at, json={"name": "router"})

    assert made["subdomain"]["enabled"] is False
    assert made["deployed_on"] is None
    assert await world.ask("GET", world.account("/workers/scripts")) == []
    version = await world.ask("POST", f"{at}/{made['id']}/versions", json=version_of())
    assert (version["number"], version["urls"]) == (1, [])
    assert world.runtime.cloud.workers == ()

    path = world.account("/workers/scripts/router/deployments")
    deployed = await world.ask("POST", path, json=shares(**{version["id"]: 100}))
    assert deployed["versions"] == [{"version_id": version["id"], "percentage": 100}]
    assert [worker.name for worker in world.runtime.cloud.workers] == ["router"]
    known = await world.ask("GET", f"{at}/router")
    assert (known["id"], known["deployed_on"]) == (made["id"], deployed["created_on"])


async def test_a_worker_is_named_once(world):
    await world.upload("api")

    refused = await world.refused("POST", world.account(WORKERS), json={"name": "api"})

    assert refused[:2] == (409, 10040)


async def test_a_worker_keeps_its_settings_from_version_to_version(world):
    at = world.account(WORKERS)
    seen = {"enabled": True, "head_sampling_rate": 0.5}
    made = await world.ask("POST", at, json={"name": "router", "observability": seen})
    path = f"{at}/{made['id']}"
    await world.ask("POST", f"{path}/versions?deploy=true", json=version_of())
    await world.ask("POST", f"{path}/versions?deploy=true", json=version_of(OTHER))

    assert (await world.ask("GET", path))["observability"] == seen
    changed = await world.ask("PATCH", path, json={"tags": ["a"]})
    assert (changed["tags"], changed["observability"]) == (["a"], seen)
    replaced = await world.ask("PUT", path, json={"name": "router"})
    assert (replaced["tags"], replaced["observability"]) == ([], {"enabled": False})
    assert (await world.refused("PUT", path, json={"name": "other"}))[0] == 501


async def test_the_code_of_a_version_comes_back_when_asked_for(world):
    at = world.account(WORKERS)
    await world.ask("POST", at, json={"name": "router"})
    path = f"{at}/router/versions"
    made = await world.ask("POST", path, json=version_of())

    assert "modules" not in await world.ask("GET", f"{path}/{made['id']}")
    whole = await world.ask("GET", f"{path}/latest?include=modules")
    assert whole["modules"] == module(CODE)
    assert (await world.refused("GET", f"{path}/none"))[:2] == (404, 10092)


async def test_a_deployed_version_stays_and_another_can_go(world):
    old, new = await two_versions(world)
    path = world.account(f"{WORKERS}/api/versions")

    assert (await world.refused("DELETE", f"{path}/{old}"))[1] == 10093
    await world.ask("DELETE", f"{path}/{new}")
    assert [each["id"] for each in await world.ask("GET", path)] == [old]


async def test_a_worker_goes_with_all_that_is_its_own(world):
    await two_versions(world)
    await world.ask("DELETE", world.account(f"{WORKERS}/api"))

    assert await world.ask("GET", world.account(WORKERS)) == []
    assert world.runtime.cloud.workers == ()


async def test_modules_are_base64(world):
    await world.ask("POST", world.account(WORKERS), json={"name": "router"})
    broken = version_of() | {"modules": [module(CODE)[0] | {"content_base64": "%"}]}
    path = world.account(f"{WORKERS}/router/versions")

    assert "index.mjs is not base64" in (await world.refused("POST", path, json=broken))[2]


async def declare(world: World, code: str = HOME, name: str = "api", **exports: Any) -> Any:
    """Upload *code* with *exports*; the report of the version that came of it."""
    await world.upload(name, code, exports=exports)
    path = world.account(f"{WORKERS}/{name}/versions/latest")
    return (await world.ask("GET", path))["exports_reconciliation"]


async def namespaces(world: World) -> list[tuple[str, str, str]]:
    listed = await world.ask("GET", world.account("/workers/durable_objects/namespaces"))
    return [(each["id"], each["script"], each["class"]) for each in listed]


def tombstone(state: str, **more: str) -> Any:
    return {"type": "durable-object", "state": state, **more}


async def test_a_declared_class_begins_once(world):
    assert await declare(world, Home=SQLITE) == NOTHING | {"created": ["Home"]}
    before = await namespaces(world)

    assert await declare(world, Home=SQLITE) == NOTHING
    assert await namespaces(world) == before


async def test_a_migrated_class_can_be_declared(world):
    step = {"new_tag": "v1", "new_sqlite_classes": ["Home"]}
    await world.upload(code=HOME, migrations=step)
    before = await namespaces(world)

    assert await declare(world, Home=SQLITE) == NOTHING
    assert await namespaces(world) == before


async def test_a_renamed_class_keeps_its_objects_and_its_tombstone_is_harmless(world):
    await declare(world, Home=SQLITE)
    ((kept, _, _),) = await namespaces(world)
    renamed = {"Home": tombstone("renamed", renamed_to="House"), "House": SQLITE}

    report = await declare(world, HOUSE, **renamed)
    assert report == NOTHING | {"renamed": [{"from": "Home", "to": "House"}]}
    assert await namespaces(world) == [(kept, "api", "House")]

    again = await declare(world, HOUSE, **renamed)
    assert again["removable_entries"] == ["Home"]
    assert again["info"][0]["scenario"] == "stale_tombstone"
    assert await namespaces(world) == [(kept, "api", "House")]


async def test_a_deleted_class_ends(world):
    await declare(world, Home=SQLITE)

    report = await declare(world, CODE, Home=tombstone("deleted"))

    assert report == NOTHING | {"deleted": ["Home"]}
    assert await namespaces(world) == []


async def test_a_class_moves_to_another_script_in_two_steps(world):
    await declare(world, Home=SQLITE)
    ((kept, _, _),) = await namespaces(world)
    binding = {"name": "HOME", "type": "durable_object_namespace", "class_name": "Home"}
    expecting = SQLITE | {"state": "expecting-transfer", "transfer_from": "api"}
    await world.upload("next", HOME, exports={"Home": expecting}, bindings=[binding])
    assert await namespaces(world) == [(kept, "api", "Home")]

    report = await declare(world, CODE, Home=tombstone("transferred", transferred_to="next"))

    assert report["transferred"] == [{"class": "Home", "phase": "committed", "to": "next"}]
    assert await namespaces(world) == [(kept, "next", "Home")]
    (after,) = (await declare(world, HOME, "next", Home=expecting))["info"]
    assert after["scenario"] == "transfer_receive_already_applied"


BOUND = [{"name": "HOME", "type": "durable_object_namespace", "class_name": "Home"}]
BY_OTHER = [BOUND[0] | {"script_name": "api"}]
REFUSED = {
    "code without the class": (CODE, {"Home": SQLITE}, "config_export_not_in_code"),
    "class without an entry": (HOUSE, {"House": SQLITE}, "provisioned_class_missing_from_config"),
    "new key-value class": (
        HOME + HOUSE.partition("export default")[0],
        {"Home": SQLITE, "House": SQLITE | {"storage": "legacy-kv"}},
        "storage_type_mismatch",
    ),
    "other storage": (HOME, {"Home": SQLITE | {"storage": "legacy-kv"}}, "storage_type_mismatch"),
    "deleted and exported": (
        HOME,
        {"Home": tombstone("deleted")},
        "tombstone_delete_class_still_in_code",
    ),
    "deleted and bound elsewhere": (
        CODE,
        {"Home": tombstone("deleted")},
        "tombstone_delete_blocked_by_external_bindings",
    ),
    "renamed to nothing": (
        CODE,
        {"Home": tombstone("renamed", renamed_to="House")},
        "config_references_nonexistent_class",
    ),
    "transferred unasked": (
        CODE,
        {"Home": tombstone("transferred", transferred_to="other")},
        "transferred_pending_not_found",
    ),
    "expecting from nobody": (
        HOME + HOUSE.partition("export default")[0],
        {
            "Home": SQLITE,
            "House": SQLITE | {"state": "expecting-transfer", "transfer_from": "other"},
        },
        "phase_one_transfer_source_namespace_missing",
    ),
    "two fields": (HOME, {"Home": SQLITE | {"renamed_to": "House"}}, "invalid_export"),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_cannot_be_reconciled_is_refused(world, case):
    code, exports, scenario = REFUSED[case]
    await declare(world, Home=SQLITE)
    if "bound" in case:
        await world.upload("other", CODE, bindings=BY_OTHER)
    before = await namespaces(world)

    status, number, told = await world.refused(
        "PUT", world.script(), files=form(code, exports=exports)
    )

    assert (status, number) == (400, 100402)
    assert scenario in told
    assert await namespaces(world) == before


async def test_a_class_is_not_renamed_onto_another(world):
    both = HOME + HOUSE.partition("export default")[0]
    await declare(world, both, Home=SQLITE, House=SQLITE)
    exports = {"Home": tombstone("renamed", renamed_to="House"), "House": SQLITE}

    told = await world.refused("PUT", world.script(), files=form(HOUSE, exports=exports))

    assert told[1] == 100402
    assert "tombstone_renamed_to_occupied" in told[2]


async def test_a_binding_needs_a_declared_class(world):
    exports = {"House": SQLITE}

    told = await world.refused(
        "PUT", world.script(), files=form(HOUSE, exports=exports, bindings=BOUND)
    )

    assert told[:2] == (400, 100406)


async def test_a_version_that_changes_a_class_is_deployed_at_once(world):
    await world.ask("POST", world.account(WORKERS), json={"name": "api"})
    path = world.account(f"{WORKERS}/api/versions")
    declared = version_of(HOME, exports={"Home": SQLITE})

    assert (await world.refused("POST", path, json=declared))[:2] == (400, 10211)
    made = await world.ask("POST", f"{path}?deploy=true", json=declared)
    assert made["exports_reconciliation"]["created"] == ["Home"]
    assert made["exports"] == {"Home": SQLITE | {"state": "created"}}
    waiting = await world.ask("POST", path, json=declared)
    assert waiting["exports_reconciliation"] == NOTHING


async def test_versions_that_declare_other_classes_do_not_share(world):
    _, new = await two_versions(world)
    await declare(world, Home=SQLITE)
    declared = (await world.ask("GET", world.script(rest="/versions")))["items"][0]["id"]
    body = shares(**{declared: 50, new: 50})

    assert (await world.refused("POST", world.script(rest="/deployments"), json=body))[1] == 100405
