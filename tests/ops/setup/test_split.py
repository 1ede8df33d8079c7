"""What of a stack may be split off it: some of what it has, into a stack that it is not."""

import shutil

import pytest

from harness.clone import ROOT
from ops.errors import OpsError
from ops.paths import Paths
from ops.setup.split import Wanted, check

FILE = "Pulumi.staging.yaml"
ALL = ("chittyconnect", "chittyid", "project_awareness", "superinstance", "onepassword_connect")


@pytest.fixture
def paths(tmp_path):
    shutil.copy(ROOT / FILE, tmp_path / FILE)
    return Paths(tmp_path)


def test_a_stack_that_has_the_system_is_not_cut_yet(paths):
    assert check(paths, Wanted("staging", "another", ("chittyid",))) is False


def test_one_whose_files_were_cut_goes_on_with_its_state(paths):
    given = "config:\n  chittyos:environment: staging\n  chittyos:systems: [{}]\n"
    paths.tracked("staging").write_text(given.format("chittyconnect"))
    paths.tracked("another").write_text(given.format("superinstance"))

    assert check(paths, Wanted("staging", "another", ("superinstance",))) is True


REFUSED = {
    "a system that there is not": ("another", ("nobody",), "'nobody' is no system; there are: "),
    "all that it has": ("another", ALL, "name some of these, and not all"),
    "into another folder": (
        "../y",
        ("chittyid",),
        r"'\.\./y' is no name of a stack",
    ),
    "into itself": ("staging", ("chittyid",), "staging is the stack itself"),
}


@pytest.mark.parametrize(("new", "systems", "text"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_split_off_is_refused(paths, new, systems, text):
    with pytest.raises(OpsError, match=text):
        check(paths, Wanted("staging", new, systems))


def test_what_neither_file_has_cannot_move(paths):
    file = paths.tracked("staging")
    file.write_text("config:\n  chittyos:environment: staging\n  chittyos:systems: [chittyid]\n")

    with pytest.raises(OpsError, match="does not have superinstance, and nothing can move"):
        check(paths, Wanted("staging", "another", ("superinstance",)))


def test_what_names_policies_of_the_stack_is_moved_by_hand(paths):
    with paths.tracked("staging").open("a") as file:
        file.write("  chittyid:access: [{name: admin, policies: [people]}]\n")

    with pytest.raises(OpsError, match=r"chittyid:access: names policies .* docs/scale\.md"):
        check(paths, Wanted("staging", "another", ("chittyid",)))
