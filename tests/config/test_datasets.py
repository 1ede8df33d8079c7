"""Datasets of Analytics Engine in the configuration (PA-13): what each worker writes to."""

import pytest

from tests.config.examples import good, load, one, put, source

KEY = "chittyid:worker.datasets"


def stack(**datasets):
    return put(good("production"), KEY, datasets)


def test_a_worker_has_those_it_names():
    config = load("production", source(stack(REQUESTS="id_requests"), "production"))

    assert config.blocks["chittyid"].settings.worker.datasets == {"REQUESTS": "id_requests"}


@pytest.mark.parametrize(
    ("binding", "dataset", "said"),
    [
        ("1X", "requests", "does not begin with a digit"),
        ("REQUESTS", "id-requests", "queries name it as a table"),
        ("DB", "requests", "is the name of a variable, a secret or another binding"),
        ("CHITTY_ID_TOKEN", "requests", "is the name of a variable, a secret or another binding"),
    ],
)
def test_a_mistake_is_said_at_its_place(binding, dataset, said):
    path, text = one(stack(**{binding: dataset}), "production")

    assert path.startswith(KEY)
    assert said in text


def test_a_dataset_has_one_writer():
    values = put(stack(REQUESTS="requests"), "chittyconnect:worker.datasets", {"R": "requests"})

    path, text = one(values, "production")

    assert path == f"{KEY}.REQUESTS"
    assert "dataset 'requests' is taken by chittyconnect:worker.datasets.R" in text
