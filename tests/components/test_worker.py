"""What a worker registers, what it waits for, and what is refused before it is registered."""

from dataclasses import replace

import pytest

from components.database import Database, DatabaseArgs
from components.durable_object import DurableObject
from components.kv import Namespace, NamespaceArgs
from components.secret import Secret
from components.service import Service
from components.upload import prepare
from components.worker import Worker
from components.worker_args import Attachments, Host, Limits, Observability, Route, WorkerArgs
from planning.durable_objects import Step, seal
from planning.ledger import File
from planning.refusals import RefusedError
from tests.support import deploy, run

ACCOUNT = "ab" * 16
ZONE = "cd" * 16
FIRST = Step("v1", "7ab3cf0f44257fa8", new_sqlite_classes=("SessionStateDO",))
CANARY = "cAnArY-7f3e9b"
SCRIPT = "WorkersScript connect"
OBJECTS = {"SESSION_STATE": DurableObject("SessionStateDO")}


def at(tag):
    """Answer the question for scripts: *tag* is live."""
    other = {"id": "other", "migrationTag": "w7"}
    return {"getWorkersScripts": {"results": [other, {"id": "some", "migrationTag": tag}]}}


def build(bindings=None, **args):
    """Give a program that makes one worker."""
    given = {"script": "some", "entry": "worker.ts", "compatibility_date": "2026-11-01", **args}
    bound = bindings or {}
    classes = [b.class_name for b in bound.values() if isinstance(b, DurableObject)]

    def program():
        upload = prepare(ACCOUNT, WorkerArgs(**given), classes=classes)
        return Worker("connect", upload, account_id=ACCOUNT, bindings=bound)

    return program


def bound(entrypoint=None):
    """Give a program of a worker that calls another one, which knows an *entrypoint*."""

    def program():
        given = {"entry": "worker.ts", "compatibility_date": "2026-11-01"}
        called = prepare(ACCOUNT, WorkerArgs(script="called", **given), classes=[])
        other = Worker("other", called, account_id=ACCOUNT, bindings={})
        calling = prepare(ACCOUNT, WorkerArgs(script="some", **given), classes=[])
        bindings = {"OTHER": Service(other, entrypoint)}
        return Worker("connect", calling, account_id=ACCOUNT, bindings=bindings)

    return program


@pytest.mark.usefixtures("project")
class TestService:
    """Another worker that it calls."""

    @pytest.mark.parametrize(
        ("entrypoint", "said"), [(None, {}), ("Billing", {"entrypoint": "Billing"})]
    )
    def test_it_is_named_by_its_script_and_an_entrypoint(self, entrypoint, said):
        (made,) = deploy(bound(entrypoint))[SCRIPT].inputs["bindings"]

        assert made == {"name": "OTHER", "type": "service", "service": "called", **said}

    def test_it_is_there_before_who_calls_it(self):
        assert "WorkersScript other" in deploy(bound())[SCRIPT].depends_on


@pytest.mark.usefixtures("project")
class TestScript:
    """The script itself."""

    def test_a_variable_does_not_take_the_name_of_a_binding(self):
        with pytest.raises(RefusedError, match=r"KEY: named as a variable and as a binding"):
            deploy(build({"KEY": Secret(CANARY)}, variables={"KEY": "x", "MODE": "y"}))

    def test_a_dataset_is_a_binding_that_nothing_has_to_be_made_for(self):
        made = deploy(build({"DB": Secret("x")}, datasets={"REQUESTS": "requests"}))

        _, dataset = made[SCRIPT].inputs["bindings"]["value"]
        assert dataset == {"name": "REQUESTS", "type": "analytics_engine", "dataset": "requests"}
        assert len(made) == 4

    def test_a_worker_is_told_its_version_where_it_wants_to_say_it(self):
        """FW-4: `/health` answers from the old code too; which version did is in a header."""
        made = deploy(build({"DB": Secret("x")}, version_metadata="CF_VERSION_METADATA"))

        version, _ = made[SCRIPT].inputs["bindings"]["value"]
        assert version == {"name": "CF_VERSION_METADATA", "type": "version_metadata"}

    @pytest.mark.parametrize("own", [{"datasets": {"KEY": "r"}}, {"version_metadata": "KEY"}])
    @pytest.mark.parametrize(
        "taken", [{"variables": {"KEY": "x"}}, {"bindings": {"KEY": Secret(CANARY)}}]
    )
    def test_what_is_its_own_does_not_take_the_name_of_something_else(self, own, taken):
        with pytest.raises(RefusedError, match="KEY: named as "):
            deploy(build(**taken, **own))

    def test_nothing_but_what_switches_it_off_is_made_by_default(self):
        made = deploy(build())

        assert made.keys() == {
            "chittyos:Worker connect",
            SCRIPT,
            "WorkersCronTrigger connect-cron",
            "WorkersScriptSubdomain connect-subdomain",
        }
        assert made["WorkersScriptSubdomain connect-subdomain"].inputs["enabled"] is False
        assert made["WorkersScriptSubdomain connect-subdomain"].inputs["previewsEnabled"] is False
        assert made["WorkersCronTrigger connect-cron"].inputs["schedules"] == []

    def test_the_code_is_named_by_path_and_checksum(self, project):
        made = deploy(build())[SCRIPT].inputs

        assert made["contentFile"] == ".build/some/index.mjs"
        assert len(made["contentSha256"]) == 64
        assert "content" not in made
        assert made["mainModule"] == "index.mjs"
        assert (project / made["contentFile"]).exists()

    def test_bindings_stand_sorted_whatever_their_kind(self):
        def program():
            tokens = Namespace("tokens", NamespaceArgs(title="t"), account_id=ACCOUNT)
            bindings = {"TOKENS": tokens, "DB_NAME": Secret("x")}
            return build(bindings, variables={"A": "1", "Z": "2"})()

        made = deploy(program)[SCRIPT].inputs["bindings"]["value"]
        assert [binding["name"] for binding in made] == ["A", "DB_NAME", "TOKENS", "Z"]
        assert made[2] == {"name": "TOKENS", "type": "kv_namespace", "namespaceId": "tokens-id"}

    def test_a_secret_is_sealed_and_shown_to_nobody_else(self):
        made = deploy(build({"API_TOKENS": Secret(CANARY)}))

        assert made[SCRIPT].is_secret("bindings")
        shown = made["chittyos:Worker connect"].inputs
        assert CANARY not in str(shown)
        assert CANARY not in repr(Secret(CANARY))
        assert shown["bindings"] == [{"name": "API_TOKENS", "type": "secret_text"}]

    def test_without_a_secret_the_bindings_can_be_read(self):
        made = deploy(build(variables={"A": "1"}))[SCRIPT]

        assert not made.is_secret("bindings")

    def test_settings_are_said_where_they_are_asked_for(self):
        made = deploy(
            build(
                compatibility_flags=("b", "a"),
                limits=Limits(cpu_ms=50, subrequests=10),
                placement="smart",
                observability=Observability(sampling=0.5, traces=True),
            )
        )[SCRIPT].inputs

        assert made["limits"] == {"cpuMs": 50, "subrequests": 10}
        assert made["placement"] == {"mode": "smart"}
        assert made["compatibilityFlags"] == ["a", "b"]
        assert made["observability"]["headSamplingRate"] == 0.5
        assert made["observability"]["traces"]["enabled"] is True

    def test_settings_nobody_asked_for_are_left_to_the_plan(self):
        made = deploy(build())[SCRIPT].inputs

        assert not {"limits", "placement", "migrations"} & made.keys()

    def test_it_waits_for_the_migrations_of_its_database(self):
        """Incident 13: the code was there before the schema that it reads."""

        def program():
            args = DatabaseArgs(database="d", files=(File("001_a.sql", "SELECT 1;"),))
            return build({"DB": Database("data", args, account_id=ACCOUNT)})()

        assert "D1Migrations data-migrations" in deploy(program)[SCRIPT].depends_on


@pytest.mark.usefixtures("project")
class TestAttachments:
    """Where it answers."""

    def attached(self):
        attachments = Attachments(
            hosts=(Host(name="connect.chitty.cc", zone_id=ZONE),),
            routes=(Route(pattern="api.chitty.cc/app/*", zone_id=ZONE),),
            crons=("*/5 * * * *",),
        )
        return deploy(build(attachments=attachments))

    def test_hosts_routes_and_schedules_wait_for_the_script(self):
        made = self.attached()

        for name in (
            "WorkersCustomDomain connect-connect.chitty.cc",
            "WorkersRoute connect-api.chitty.cc/app/*",
            "WorkersCronTrigger connect-cron",
            "WorkersScriptSubdomain connect-subdomain",
        ):
            assert SCRIPT in made[name].depends_on
            assert made[name].parent == "chittyos:Worker connect"

    def test_a_host_is_never_there_twice(self):
        made = self.attached()["WorkersCustomDomain connect-connect.chitty.cc"]

        assert made.delete_before_replace
        assert (made.inputs["hostname"], made.inputs["zoneId"]) == ("connect.chitty.cc", ZONE)

    def test_schedules_keep_their_order(self):
        made = self.attached()["WorkersCronTrigger connect-cron"]

        assert made.inputs["schedules"] == [{"cron": "*/5 * * * *"}]


@pytest.mark.usefixtures("project")
class TestDurableObjects:
    """Classes and their migrations."""

    def test_a_new_worker_carries_the_whole_history(self):
        made = deploy(build(OBJECTS, history=(FIRST,)))[SCRIPT].inputs["migrations"]

        assert made == {
            "newTag": "v1",
            "steps": [
                {
                    "newSqliteClasses": ["SessionStateDO"],
                    "renamedClasses": [],
                    "deletedClasses": [],
                }
            ],
        }

    def test_a_worker_at_the_last_tag_carries_nothing(self):
        made = deploy(build(OBJECTS, history=(FIRST,)), answers=at("v1"))

        assert "migrations" not in made[SCRIPT].inputs

    def test_a_worker_behind_carries_what_it_lacks(self):
        step = Step("v2", "", renamed_classes=(("SessionStateDO", "Session"),))
        second = replace(step, digest=seal(step, FIRST.digest))
        program = build({"S": DurableObject("Session")}, history=(FIRST, second))
        with pytest.raises(RefusedError, match="Durable Objects of some: the bundle does not"):
            run(program, answers=at("v1"))

    def test_a_rename_is_carried_from_the_live_tag(self, project):
        code = (project / "worker.ts").read_text()
        (project / "worker.ts").write_text(code.replace("SessionStateDO", "Session"))
        step = Step("v2", "", renamed_classes=(("SessionStateDO", "Session"),))
        second = replace(step, digest=seal(step, FIRST.digest))
        program = build({"S": DurableObject("Session")}, history=(FIRST, second))
        made = deploy(program, answers=at("v1"))[SCRIPT].inputs["migrations"]

        assert (made["oldTag"], made["newTag"]) == ("v1", "v2")
        assert made["steps"][0]["renamedClasses"] == [{"from": "SessionStateDO", "to": "Session"}]

    def test_the_whole_history_is_shown_to_policies_whatever_is_pending(self):
        made = deploy(build(OBJECTS, history=(FIRST,)), answers=at("v1"))["chittyos:Worker connect"]

        assert made.inputs["migrations"]["steps"][0]["newSqliteClasses"] == ["SessionStateDO"]
        assert made.inputs["bindings"] == [
            {
                "name": "SESSION_STATE",
                "type": "durable_object_namespace",
                "className": "SessionStateDO",
            }
        ]

    def test_an_unknown_live_tag_registers_nothing(self):
        recording = []
        with pytest.raises(RefusedError, match="at migration tag 'v9', which the history does not"):
            recording.append(run(build(OBJECTS, history=(FIRST,)), answers=at("v9")))

        assert recording == []

    def test_an_account_that_does_not_answer_is_said_in_one_sentence(self):
        refused = {"getWorkersScripts": "403 Forbidden"}
        with pytest.raises(RefusedError, match=r"403 Forbidden \(\); see that the token may"):
            run(build(OBJECTS, history=(FIRST,)), answers=refused)

    def test_a_class_without_a_step_is_refused(self):
        with pytest.raises(RefusedError, match="which no step of the history makes"):
            run(build(OBJECTS))

    def test_its_objects_are_kept_by_default(self):
        made = deploy(build(OBJECTS, history=(FIRST,)))[SCRIPT]

        assert made.protect
        assert made.retain

    def test_without_objects_there_is_nothing_to_keep(self):
        assert not deploy(build())[SCRIPT].protect

    def test_objects_may_be_given_up(self):
        assert not deploy(build(OBJECTS, history=(FIRST,), retain=False))[SCRIPT].protect
