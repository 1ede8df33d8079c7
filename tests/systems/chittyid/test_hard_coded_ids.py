"""Ids that stand in code are found in both of their forms, and nothing else (ID-5)."""

import re

import pytest

from components.bundle import ROOT
from systems.chittyid.hard_coded_ids import MINTED, STRUCTURED, hard_coded

FORMS = ROOT / "systems/chittyid/workers/id/ids/forms.ts"
MADE = "CHITTY-EVNT-" + "0009876-Z9Y8"
BUILT = "03-C-ACT-" + "4321-P-2509-B-7"


@pytest.mark.parametrize("form", [MINTED, STRUCTURED])
def test_the_forms_are_those_of_the_worker(form):
    assert f"/^{form}$/" in FORMS.read_text()


@pytest.mark.parametrize("id_", [MADE, BUILT])
@pytest.mark.parametrize("around", ["{}", 'const id = "{}";', "ids:\t[{},", "/v1/ids/{}?a=1"])
def test_an_id_is_found_with_its_line(id_, around):
    assert list(hard_coded(f"first\n{around.format(id_)}\n")) == [(2, id_)]


def test_each_of_a_line_is_found():
    assert list(hard_coded(f"{MADE} {BUILT}")) == [(1, MADE), (1, BUILT)]


@pytest.mark.parametrize(
    "text",
    [
        "CHITTY-EVNT-0001234-A1B2",
        "01-C-PROD-0001-P-2501-A-X",
        MADE.lower(),
        f"X{MADE}",
        f"{MADE}-7",
        MADE.replace("0009876", "987"),
        BUILT.replace("2509", "2513"),
        "CHITTY-EVNT-${number}-${check}",
    ],
)
def test_an_example_or_another_text_is_none(text):
    assert list(hard_coded(text)) == []


def test_every_example_of_the_worker_is_known():
    examples = re.findall(r"CHITTY-[A-Z]+-\d{7}-[0-9A-Z]{4}", FORMS.read_text())

    assert examples
    assert list(hard_coded(FORMS.read_text())) == []
