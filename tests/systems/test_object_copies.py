"""Of every class of Durable Objects a copy is made, or it is said why none is needed (FW-4)."""

import pytest

from components.bundle import ROOT
from config.history import load_history
from planning.durable_objects import check_history
from systems.registry import SYSTEMS
from tests.config.examples import loaded

FOLDER = ROOT / "systems"
HISTORIES = {
    each.name: list((FOLDER / each.name).rglob("durable_objects.yaml")) for each in SYSTEMS
}
WITH_OBJECTS = [system for system in SYSTEMS if HISTORIES[system.name]]


@pytest.mark.parametrize("system", WITH_OBJECTS, ids=lambda system: system.name)
def test_every_class_is_copied_or_left_out_for_a_reason(system):
    settings = loaded("production").blocks[system.name].settings
    copied = list(system.object_copies(settings))
    left_out = list(system.objects_left_out(settings))

    listed = [(each.script, each.class_name) for each in (*copied, *left_out)]
    steps = [load_history(path) for path in HISTORIES[system.name]]
    classes = [name for history in steps for name in check_history(history)]
    assert sorted(name for _, name in listed) == sorted(classes)
    assert {script for script, _ in listed} <= {
        each.worker.name for each in system.workers(settings)
    }
    assert all(each.why for each in left_out)
    assert {each.secret for each in copied} <= system.secrets.model_fields.keys()


def test_journals_come_before_the_ledgers_that_they_tell_of_calls():
    """What is handed over between both copies is in one of them at least."""
    (system,) = (each for each in SYSTEMS if each.name == "superinstance")
    settings = loaded("production").blocks[system.name].settings
    names = [each.class_name for each in system.object_copies(settings)]

    assert names.index("CallJournal") < names.index("BillingLedger")
