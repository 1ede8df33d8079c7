"""A worker by versions: shares, the version in the code, objects that are declared (FW-2, CC-2)."""

import pytest

from components.durable_object import DurableObject
from components.secret import Secret
from components.upload import prepare
from components.worker import Worker
from components.worker_args import Attachments, Host, Limits, Versions, WorkerArgs
from planning.durable_objects import Step, seal
from planning.refusals import RefusedError
from tests.support import deploy, run

ACCOUNT, ZONE = "ab" * 16, "cd" * 16
STABLE = "0d5f6e43-9b1c-4a65-8d0e-2f7a1c3b4d5e"
FIRST = Step("v1", "7ab3cf0f44257fa8", new_sqlite_classes=("SessionStateDO",))
OBJECTS = {"SESSION_STATE": DurableObject("SessionStateDO")}
CANARY = "cAnArY-7f3e9b"
WORKER, VERSION = "Worker connect", "WorkerVersion connect-version"
DEPLOYMENT = "WorkersDeployment connect-deployment"

pytestmark = pytest.mark.usefixtures("project")


def build(bindings=None, **args):
    """Give a program that makes one worker, by versions unless *args* say otherwise."""
    given = {"script": "some", "entry": "worker.ts", "compatibility_date": "2026-11-01"}
    given |= {"versions": Versions()} | args
    bound = bindings or {}
    classes = [b.class_name for b in bound.values() if isinstance(b, DurableObject)]

    def program():
        upload = prepare(ACCOUNT, WorkerArgs(**given), classes=classes)
        return Worker("connect", upload, account_id=ACCOUNT, bindings=bound)

    return program


def declaring(**args):
    return build(OBJECTS, versions=None, lifecycle="exports", history=(FIRST,), **args)


class TestShares:
    """Which versions are deployed."""

    def test_one_version_answers_all(self):
        made = deploy(build())

        assert made.keys() == {
            "chittyos:Worker connect",
            WORKER,
            VERSION,
            DEPLOYMENT,
            "WorkersCronTrigger connect-cron",
        }
        assert made[DEPLOYMENT].inputs["versions"] == [
            {"versionId": "connect-version-id", "percentage": 100}
        ]

    @pytest.mark.parametrize(
        ("percentage", "expected"),
        [
            (10, [("connect-version-id", 10), (STABLE, 90)]),
            (100, [("connect-version-id", 100)]),
            (0, [(STABLE, 100)]),
        ],
    )
    def test_the_rest_goes_to_the_stable_one(self, percentage, expected):
        versions = Versions(percentage=percentage, stable=STABLE)

        shares = deploy(build(versions=versions))[DEPLOYMENT].inputs["versions"]

        assert [(each["versionId"], each["percentage"]) for each in shares] == expected

    def test_a_rest_for_nobody_is_refused(self):
        with pytest.raises(RefusedError, match=r"10 of 100 requests .* the rest to nobody"):
            deploy(build(versions=Versions(percentage=10)))


class TestVersion:
    """What the version is made of."""

    def test_what_is_not_wanted_is_said_too(self):
        """Left out, the plugin would keep what the version before had."""
        made = deploy(build())[VERSION].inputs

        assert made["bindings"] == []
        assert made["compatibilityFlags"] == []
        assert made["limits"] == {}
        assert made["usageModel"] == "standard"
        assert made["cacheOptions"] == {"enabled": False, "crossVersionCache": False}

    def test_it_has_code_bindings_and_limits(self, project):
        made = deploy(
            build({"KEY": Secret(CANARY)}, limits=Limits(cpu_ms=50), variables={"A": "1"})
        )
        version = made[VERSION]
        (module,) = version.inputs["modules"]

        assert module["contentFile"] == ".build/some/index.mjs"
        assert (project / module["contentFile"]).exists()
        assert len(module["contentSha256"]) == 64
        assert version.is_secret("bindings")
        assert version.inputs["limits"] == {"cpuMs": 50}
        assert "migrations" not in version.inputs

    def test_workers_dev_is_off_at_the_worker(self):
        made = deploy(build())[WORKER].inputs

        assert made["subdomain"] == {"enabled": False, "previewsEnabled": False}
        assert made["observability"]["enabled"] is True

    def test_what_hangs_on_it_waits_until_it_serves(self):
        host = Host(name="some.chitty.cc", zone_id=ZONE)
        made = deploy(build(attachments=Attachments(hosts=(host,), crons=("0 * * * *",))))

        for attached in (
            "WorkersCronTrigger connect-cron",
            "WorkersCustomDomain connect-some.chitty.cc",
        ):
            assert DEPLOYMENT in made[attached].depends_on

    def test_its_name_is_known_in_a_preview(self):
        host = Host(name="some.chitty.cc", zone_id=ZONE)
        made = run(build(attachments=Attachments(hosts=(host,))), preview=True).resources

        assert made["WorkersCustomDomain connect-some.chitty.cc"].inputs["service"] == "some"

    def test_incident_7_a_schedule_is_in_the_plan_of_a_rollout(self):
        """A cron was added with a version, uploaded without its triggers: it never ran."""
        rollout = Versions(percentage=10, stable=STABLE)
        made = deploy(build(versions=rollout, attachments=Attachments(crons=("*/5 * * * *",))))

        schedules = made["WorkersCronTrigger connect-cron"].inputs["schedules"]
        assert schedules == [{"cron": "*/5 * * * *"}]

    def test_incident_2_a_new_host_leaves_workers_dev_said(self):
        """A custom domain was added, and workers.dev went with what was left out."""
        host = Host(name="some.chitty.cc", zone_id=ZONE)
        hosted = Attachments(hosts=(host,))

        by_versions = deploy(build(attachments=hosted))[WORKER].inputs["subdomain"]
        script = deploy(build(versions=None, attachments=hosted))

        assert by_versions["enabled"] is False
        assert script["WorkersScriptSubdomain connect-subdomain"].inputs["enabled"] is False


class TestObjects:
    """Durable Objects that are declared instead of migrated."""

    def test_they_are_declared_and_deployed_at_once(self):
        made = deploy(declaring())

        assert DEPLOYMENT not in made
        version = made[VERSION].inputs
        assert version["deploy"] is True
        assert version["exports"] == {
            "SessionStateDO": {"type": "durable-object", "state": "created", "storage": "sqlite"}
        }
        assert "migrations" not in version

    def test_nobody_is_asked_what_is_live(self):
        deploy(declaring(), answers={"getWorkersScripts": "nobody may ask"})

    def test_the_worker_is_kept_for_what_it_stores(self):
        made = deploy(declaring())
        assert (made[WORKER].protect, made[WORKER].retain) == (True, True)

        throwaway = deploy(declaring(retain=False))
        assert (throwaway[WORKER].protect, throwaway[WORKER].retain) == (False, False)

    def test_a_class_that_went_leaves_a_tombstone(self):
        renamed = Step("v2", "", renamed_classes=(("SessionStateDO", "Session"),))
        sealed = Step("v2", seal(renamed, FIRST.digest), (), renamed.renamed_classes)
        program = build(versions=None, lifecycle="exports", history=(FIRST, sealed))

        with pytest.raises(RefusedError, match="does not export the class Session"):
            deploy(program)

    def test_versions_side_by_side_have_none(self):
        with pytest.raises(
            RefusedError, match=r"Durable Objects of some: versions side by side .* remove"
        ):
            deploy(build(OBJECTS, history=(FIRST,)))

    def test_incident_6_a_class_that_left_the_code_is_refused_in_every_environment(self):
        """A class was removed; the step that deletes it was written for staging alone."""
        gone = Step("v2", "9e9ed9a1b9c9e0a4", new_sqlite_classes=("GoneDO",))
        sealed = Step("v2", seal(gone, FIRST.digest), gone.new_sqlite_classes)
        told = "does not export the class GoneDO .* append a step that renames or deletes it"

        for lifecycle in ("migrations", "exports"):
            program = build(versions=None, lifecycle=lifecycle, history=(FIRST, sealed))
            with pytest.raises(RefusedError, match=told):
                deploy(program)
