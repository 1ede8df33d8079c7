"""What commands print is what was meant, whatever it reads like."""

import pytest

from ops.terminal import console


@pytest.mark.parametrize("said", ["chittyconnect:key: is not known", "zones[0].id [red] [/red]"])
def test_an_error_is_printed_as_it_is_written(capsys, said):
    console.fail(said)

    assert capsys.readouterr().err == f"error: {said}\n"
