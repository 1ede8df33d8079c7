"""Every incident of others that was looked at has a test here that says so (FW-7)."""

import pytest

from common.errors import SentenceError
from docs import incidents

ONE = incidents.Incident(at="a/b#1", happened="It broke.", here="It holds.")
COUNT = 23


@pytest.fixture(scope="module")
def said():
    return incidents.of_the_tests()


def test_all_of_them_are_listed_and_each_is_said_by_a_test(said):
    listed = incidents.incidents()

    assert list(listed) == [*range(1, COUNT + 1)]
    assert set(said) == set(listed)


def test_a_test_says_one_by_its_docstring_its_name_its_file_or_beside_a_case(said):
    assert "tests/ops/crash_recovery/test_deleted_stores.py" in said[21]
    assert any(each.endswith("::test_what_is_gone_is_named_with_what_is_lost") for each in said[21])
    assert any("::test_incident_8_six_crons" in each for each in said[8])
    assert "tests/policies/cases/caching.py" in said[3]
    assert "workers/lib/testing/doubles.test.ts" in said[11]


def test_what_is_shown_leads_to_the_test():
    page = incidents.render({1: ONE}, {1: ["tests/docs/test_incidents.py::test_a"]})

    row = "| `1` a/b#1 | It broke. | It holds. | [`test_a`](../tests/docs/test_incidents.py) |\n"
    assert page == incidents.HEAD + row


def test_one_that_no_test_says_stops_the_documents():
    with pytest.raises(SentenceError, match="no test says incident 2: say it where one shows it"):
        incidents.render({1: ONE, 2: ONE}, {1: ["tests/a.py::test_a"]})


def test_one_that_is_not_listed_is_said_with_its_test():
    with pytest.raises(SentenceError, match=r"tests/a\.py::test_a: incident 2 is not in incidents"):
        incidents.render({1: ONE}, {1: ["tests/a.py::test_a"], 2: ["tests/a.py::test_a"]})


@pytest.mark.parametrize("text", ["", "one: 1", "a: [", "1: {at: x, happened: y}"])
def test_what_is_no_list_of_incidents_is_one_sentence(tmp_path, text):
    file = tmp_path / "incidents.yaml"
    file.write_text(text)

    with pytest.raises(SentenceError, match=r"^incidents\.yaml: \S"):
        incidents.incidents(file)
